// The adapters of the library: which is in use, what each was worth, and the way back.

import { ask, json } from "./api.js";
import { el, fileName } from "./dom.js";
import { onState, refresh, refused } from "./shell.js";
import * as words from "./words.js";

const said = words.adapters;
const PACKAGED = "packaged";
const SHOWN = ["image_R@10", "text_R@10"];
const page = {};

const base = (model) => fileName(model);

function called(name, model) {
  if (name === PACKAGED) return said.packaged(base(model));
  return name === "none" ? said.noAdapter : name;
}

function facts(one) {
  const parts = [base(one.model)];
  if (one.date) parts.push(new Date(one.date).toLocaleDateString("en", { dateStyle: "medium" }));
  const metrics = SHOWN.filter((name) => name in one.metrics).map((name) => said.metric(name, one.metrics[name]));
  if (metrics.length) parts.push(said.held(metrics.join(", ")));
  return parts.join(" · ");
}

function row(one) {
  const name = called(one.name, one.model);
  const button = el("button", { type: "button", className: "v-button v-plain", onclick: () => choose("/api/adapters/use", { name: one.name, model: one.model }) }, said.use);
  button.setAttribute("aria-label", said.useOf(name));
  const badge = one.verdict ? el("span", { className: `v-train-badge v-train-${one.verdict}` }, said.verdicts[one.verdict] ?? one.verdict) : null;
  const end = one.in_use ? el("span", { className: "v-train-badge v-train-in-use" }, said.inUse) : button;
  return el("li", {}, el("div", {}, el("strong", {}, name), badge, el("span", { className: "v-quiet" }, facts(one))), end);
}

// What the choice means for the index, and the way to it.
function left(state) {
  if (!state.left) return null;
  const text = said.left(state.left.photos, called(state.left.adapter, state.left.model));
  const button = el("button", { type: "button", className: "v-button", onclick: () => apply(state.left.model) }, said.apply);
  return el("div", { className: "v-train-left", role: "note" }, el("p", {}, text), button);
}

function show(state) {
  const back = state.back && el("button", { type: "button", className: "v-button v-plain", onclick: () => choose("/api/adapters/rollback", {}) }, said.backTo(called(state.back.after, state.back.model)));
  const list = state.adapters.length ? el("ul", { className: "v-train-adapter-rows" }, ...state.adapters.map(row)) : el("p", { className: "v-quiet" }, said.none);
  page.card.replaceChildren(...[el("h2", {}, said.title), el("p", { className: "v-quiet" }, said.lead), list, back, left(state), page.told].filter(Boolean));
}

async function choose(path, body) {
  page.told.replaceChildren();
  try {
    const state = await ask(path, json("POST", body));
    show(state);
    page.told.replaceChildren(el("p", { className: "v-quiet" }, said.changed(called(state.change.after, state.change.model), base(state.change.model))));
  } catch (error) {
    page.told.replaceChildren(refused(error));
  }
}

async function apply(model) {
  page.told.replaceChildren();
  try {
    await ask("/api/encoder", json("POST", { model }));
    page.told.replaceChildren(el("p", { className: "v-quiet" }, said.applying));
  } catch (error) {
    page.told.replaceChildren(refused(error));
  }
  refresh();
}

// Look again: a run has ended, or the library is searched with something else.
export async function changed() {
  if (!page.card) return;
  try {
    show(await ask("/api/adapters"));
  } catch (error) {
    page.told.replaceChildren(refused(error));
  }
}

export function start(element) {
  page.told = el("div", { className: "v-train-told" });
  page.told.setAttribute("role", "status");
  page.card = el("section", { className: "v-card" }, page.told);
  element.replaceChildren(page.card);
  changed();
  onState((state) => {
    if (!state.fingerprint || state.fingerprint === page.fingerprint) return;
    page.fingerprint = state.fingerprint;
    changed();
  });
}
