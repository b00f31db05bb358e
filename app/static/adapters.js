// The adapters of the library: which is in use, what each was worth, and the way back.

import { ask, json } from "./api.js";
import { button, openDialog } from "./dialog.js";
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
  if (one.date) parts.push(new Date(one.date).toLocaleDateString(words.LOCALE, { dateStyle: "medium" }));
  const metrics = SHOWN.filter((name) => name in one.metrics).map((name) => said.metric(name, one.metrics[name]));
  if (metrics.length) parts.push(said.held(metrics.join(", ")));
  return parts.join(" · ");
}

function labelled(label, name, act) {
  const made = button(label, act);
  made.setAttribute("aria-label", name);
  return made;
}

// What may be done with one: what comes with the base stays, and so does what answers searches.
function acts(one, name) {
  if (one.in_use) return [el("span", { className: "v-train-badge v-train-in-use" }, said.inUse)];
  const use = labelled(said.use, said.useOf(name), () => choose("/api/adapters/use", { name: one.name, model: one.model }));
  const kept = one.name === PACKAGED || one.searched;
  return kept ? [use] : [labelled(said.delete, said.deleteOf(name), () => confirm(one.name)), use];
}

function row(one) {
  const name = called(one.name, one.model);
  const badge = one.verdict ? el("span", { className: `v-train-badge v-train-${one.verdict}` }, said.verdicts[one.verdict] ?? one.verdict) : null;
  const about = el("div", {}, el("strong", {}, name), badge, el("span", { className: "v-quiet" }, facts(one)));
  return el("li", {}, about, el("span", { className: "v-train-acts" }, ...acts(one, name)));
}

// What the choice means for the index, and the way to it.
function left(state) {
  if (!state.left) return null;
  const text = said.left(state.left.photos, called(state.left.adapter, state.left.model));
  return el("div", { className: "v-train-left", role: "note" }, el("p", {}, text), button(said.apply, () => apply(state.left.model), ""));
}

function show(state) {
  const back = state.back && button(said.backTo(called(state.back.after, state.back.model)), () => choose("/api/adapters/rollback", {}));
  const list = state.adapters.length ? el("ul", { className: "v-train-adapter-rows" }, ...state.adapters.map(row)) : el("p", { className: "v-quiet" }, said.none);
  page.card.replaceChildren(...[el("h2", {}, said.title), el("p", { className: "v-quiet" }, said.lead), list, back, left(state), page.told].filter(Boolean));
}

function confirm(name) {
  const now = () => {
    asked.close();
    remove(name);
  };
  const body = [el("p", {}, el("strong", {}, name)), el("p", {}, said.deleteText)];
  const asked = openDialog(page.place, said.deleteTitle, body, [button(said.deleteNow, now, "v-danger")]);
}

// Ask for a change of the list, show the list as it is then, and what happened or was refused.
async function act(path, body, tell) {
  page.told.replaceChildren();
  try {
    const state = await ask(path, json("POST", body));
    show(state);
    page.told.replaceChildren(el("p", { className: "v-quiet" }, tell(state)));
  } catch (error) {
    page.told.replaceChildren(refused(error));
  }
}

const choose = (path, body) => act(path, body, ({ change }) => said.changed(called(change.after, change.model), base(change.model)));
const remove = (name) => act("/api/adapters/delete", { name }, () => said.deleted(name));

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
  page.place = element;
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
