// The first run: nothing is indexed yet, so the page offers the demo or a folder.

import { index } from "./api.js";
import { el, icon } from "./dom.js";
import { progressCard } from "./progress.js";
import { refresh, refused } from "./shell.js";

const PREVIEWS = [4, 11, 13];

function words(encoder) {
  if (encoder !== "mini") return [`Encoder: ${encoder}.`];
  return [
    "The packaged model, mini, knows only the drawn world. For photographs, in a terminal: ",
    el("code", {}, "vladva index FOLDER --model siglip2-base"),
  ];
}

export function firstRun() {
  const trouble = el("div");
  const progress = progressCard();
  const field = el("input", { type: "text", placeholder: "/home/me/Pictures", spellcheck: false, autocomplete: "off" });
  field.setAttribute("aria-label", "Folder of photos");
  let shown = "";
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

  const demo = el(
    "section",
    { className: "v-card v-choice" },
    el("div", { className: "v-previews" }, ...PREVIEWS.map((number) => el("img", { src: `/api/preview/${number}`, alt: "" }))),
    el("h2", {}, "See it work"),
    el("p", {}, "Draw a small world of 2,000 pictures, index it with the packaged model, and search it. No download."),
    el("button", { type: "button", className: "v-button v-strong", onclick: () => begin({ demo: true }) }, "Try the demo"),
  );
  const own = el(
    "form",
    {
      className: "v-card v-choice",
      onsubmit: (event) => {
        event.preventDefault();
        begin({ folder: field.value });
      },
    },
    el("div", { className: "v-previews v-sketch" }, icon("folder")),
    el("h2", {}, "Your photos"),
    el("p", {}, "Name a folder. Photos are only read, never changed, and nothing leaves this machine."),
    el("div", { className: "v-inline" }, field, el("button", { type: "submit", className: "v-button" }, icon("folder"), "Index")),
    encoder,
  );
  const choices = el("div", { className: "v-choices" }, demo, own);
  const element = el("div", { className: "v-first", hidden: true }, choices, trouble, progress.element);

  function show(state) {
    element.hidden = Boolean(state.photos) && !state.run.running;
    choices.hidden = state.run.running || Boolean(state.photos);
    if (shown !== state.encoder) encoder.replaceChildren(...words(state.encoder));
    shown = state.encoder;
    progress.show(state.run);
  }
  return { element, show };
}
