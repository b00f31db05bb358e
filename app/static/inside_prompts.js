// The comparison of prompts: asked for, followed, stopped, and shown as figures once it is there.

import { comparison, compare, insideFacts, stopComparing } from "./api.js";
import { el } from "./dom.js";
import { figures } from "./inside_figures.js";
import { refused } from "./shell.js";
import { prompts as words } from "./words.js";

const LOOK_MS = 700;
const AGAIN_MS = 3000; // after a request that failed: long enough to read why
const COUNTS = [20, 40, 100, 200];
const page = {};
let timer = 0;

const busy = (state) => ["preparing", "comparing"].includes(state.stage);

async function look(question = comparison) {
  clearTimeout(timer);
  try {
    show(await question());
  } catch (error) {
    page.told.replaceChildren(refused(error));
    if (question === comparison || !page.halt.hidden) timer = setTimeout(look, AGAIN_MS);
  }
}

function show(state) {
  page.told.replaceChildren(...(state.stage === "failed" ? [refused(state)] : []));
  page.begin.hidden = busy(state);
  page.halt.hidden = page.progress.hidden = !busy(state);
  for (const select of [page.where, page.count]) select.disabled = busy(state);
  page.line.textContent = words.stage(state);
  const share = state.total ? state.done / state.total : 0;
  page.track.setAttribute("aria-valuenow", Math.round(100 * share));
  page.fill.style.width = `${100 * share}%`;
  page.element.dataset.stage = state.stage;
  const fresh = JSON.stringify(state.result?.pairs);
  if (fresh !== page.shown) page.figures.replaceChildren(...(state.result ? figures(state.result) : []));
  page.shown = fresh;
  if (busy(state)) timer = setTimeout(look, LOOK_MS);
}

function select(label, options, chosen) {
  const made = el("select", {}, ...options.map(([value, name]) => el("option", { value }, name)));
  made.value = chosen;
  made.setAttribute("aria-label", label);
  return [made, el("label", { className: "v-field" }, el("span", {}, label), made)];
}

function controls() {
  const [where, whereField] = select(words.where, Object.entries(words.places), "drawn");
  const [count, countField] = select(words.count, COUNTS.map((one) => [one, String(one)]), 40);
  Object.assign(page, { where, count });
  page.begin = el("button", { type: "button", className: "v-button", onclick: () => look(() => compare(where.value, Number(count.value))) }, words.begin);
  page.halt = el("button", { type: "button", className: "v-button v-plain", hidden: true, onclick: () => look(stopComparing) }, words.stop);
  return el("div", { className: "v-filters" }, whereField, countField, page.begin, page.halt);
}

export async function start(element) {
  page.element = element;
  page.fill = el("div", { className: "v-fill" });
  page.track = el("div", { className: "v-track", role: "progressbar", "aria-label": words.progress }, page.fill);
  page.line = el("p", { className: "v-quiet", role: "status" });
  page.progress = el("div", { className: "v-progress", hidden: true }, page.track);
  page.told = el("div");
  page.figures = el("div", { className: "v-prompt-figures" });
  const facts = await insideFacts().catch(() => null);
  if (!facts?.able) return; // the part above says why
  const rest = facts.speaks ? [controls(), page.progress, page.line, page.told, page.figures] : [el("p", { className: "v-quiet" }, words.mute)];
  element.replaceChildren(el("section", { className: "v-card v-compared" }, el("h2", {}, words.title), el("p", { className: "v-quiet" }, words.lead), ...rest));
  if (facts.speaks) look();
}
