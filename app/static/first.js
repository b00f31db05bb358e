// The first run: nothing is indexed yet, so the page offers the demo, a folder, and a real model.

import { index } from "./api.js";
import { copy } from "./desk.js";
import { bytes, el, icon } from "./dom.js";
import { progressCard } from "./progress.js";
import { refresh, refused } from "./shell.js";
import * as words from "./words.js";

const PREVIEWS = [4, 11, 13, 5];
const PACKAGED = "mini";

function card(tag, props, art, title, text, ...rest) {
  return el(tag, { ...props, className: "v-card v-choice" }, art, el("h2", {}, title), el("p", {}, text), ...rest);
}

function demoCard(begin) {
  const art = el("div", { className: "v-previews" }, ...PREVIEWS.map((number) => el("img", { src: `/api/preview/${number}`, alt: "" })));
  const button = el("button", { type: "button", className: "v-button v-strong", onclick: () => begin({ demo: true }) }, words.first.demoButton);
  return card("section", {}, art, words.first.demo, words.first.demoText, button);
}

function folderCard(begin, field, encoder) {
  field.setAttribute("aria-label", words.first.folder);
  const submit = (event) => {
    event.preventDefault();
    begin({ folder: field.value });
  };
  const row = el("div", { className: "v-inline" }, field, el("button", { type: "submit", className: "v-button" }, words.first.ownButton));
  return card("form", { onsubmit: submit }, el("div", { className: "v-previews v-sketch" }, icon("folder")), words.first.own, words.first.ownText, encoder, row);
}

// A real model: its size and licence before anything else, and the line that fetches it.
function modelCard(field) {
  const select = el("select", {});
  select.setAttribute("aria-label", words.first.model);
  const terms = el("dl", { className: "v-terms" });
  const line = el("code", {});
  const button = el("button", { type: "button", className: "v-icon", title: words.first.copy, onclick: () => copy(line.textContent) }, icon("copy"));
  button.setAttribute("aria-label", words.first.copy);
  let models = [];
  const draw = () => {
    const model = models.find((one) => one.name === select.value);
    if (!model) return;
    const size = model.cached ? words.first.here : bytes(model.size_bytes);
    terms.replaceChildren(el("dt", {}, words.first.download), el("dd", {}, size), el("dt", {}, words.first.licence), el("dd", {}, model.licence));
    line.textContent = words.first.command(model.name, field.value.trim());
  };
  select.addEventListener("change", draw);
  field.addEventListener("input", draw);
  const command = el("div", { className: "v-command" }, line, button);
  const element = card("section", {}, el("div", { className: "v-previews v-sketch" }, icon("terminal")), words.first.real, words.first.realText, select, terms, command);
  function show(offered) {
    element.hidden = !offered?.length;
    if (!offered || JSON.stringify(offered) === JSON.stringify(models)) return;
    models = offered;
    select.replaceChildren(...offered.map((one) => el("option", { value: one.name }, one.name)));
    draw();
  }
  return { element, show };
}

export function firstRun() {
  const trouble = el("div");
  const progress = progressCard();
  const field = el("input", { type: "text", placeholder: words.first.folderExample, spellcheck: false, autocomplete: "off" });
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

  const model = modelCard(field);
  const choices = el("div", { className: "v-choices" }, demoCard(begin), folderCard(begin, field, encoder), model.element);
  const element = el("div", { className: "v-first", hidden: true }, choices, trouble, progress.element);

  function show(state) {
    element.hidden = Boolean(state.photos) && !state.run.running;
    choices.hidden = state.run.running || Boolean(state.photos);
    const text = state.encoder === PACKAGED ? words.first.mini : words.first.encoder(state.encoder);
    if (encoder.textContent !== text) encoder.textContent = text;
    model.show(state.models);
    progress.show(state.run);
  }
  return { element, show };
}
