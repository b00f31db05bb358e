// The first run: nothing is indexed yet, so the page offers the demo, a folder, and a real model.

import { index } from "./api.js";
import { card } from "./choice.js";
import { el, icon } from "./dom.js";
import { modelCard } from "./first_model.js";
import { folderForm } from "./folder_form.js";
import { progressCard } from "./progress.js";
import { refresh, refused } from "./shell.js";
import * as words from "./words.js";

const PREVIEWS = [4, 11, 13, 5];
const PACKAGED = "mini";

function demoCard(begin) {
  const art = el("div", { className: "v-previews" }, ...PREVIEWS.map((number) => el("img", { src: `/api/preview/${number}`, alt: "" })));
  const button = el("button", { type: "button", className: "v-button v-strong", onclick: () => begin({ demo: true }) }, words.first.demoButton);
  return card("section", {}, art, words.first.demo, words.first.demoText, button);
}

function folderCard(form, encoder) {
  const art = el("div", { className: "v-previews v-sketch" }, icon("folder"));
  return card("section", {}, art, words.first.own, words.first.ownText, encoder, form.element);
}

export function firstRun() {
  const trouble = el("div");
  const progress = progressCard();
  const encoder = el("p", { className: "v-quiet" });

  async function begin(wanted) {
    trouble.replaceChildren();
    try {
      await index(wanted);
    } catch (error) {
      trouble.replaceChildren(refused(error));
    }
    refresh();
  }

  const form = folderForm(words.first.ownButton, (folder) => begin({ folder }));
  const model = modelCard(form, begin);
  const demo = demoCard(begin);
  const choices = el("div", { className: "v-choices" }, demo, folderCard(form, encoder), model.element);
  const element = el("div", { className: "v-first", hidden: true }, choices, trouble, progress.element);

  function show(state) {
    element.hidden = Boolean(state.photos) && !state.run.running;
    choices.hidden = state.run.running || Boolean(state.photos);
    demo.hidden = state.roots.length > 0; // it would be drawn among the photos of somebody
    const text = state.encoder === PACKAGED ? words.first.mini : words.first.encoder(state.encoder);
    if (encoder.textContent !== text) encoder.textContent = text;
    model.show(state.models);
    progress.show(state.run, state.encoder);
  }
  return { element, show };
}
