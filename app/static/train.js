// The training page: what training is, a new run, the run in progress or the last one.

import { ask, json } from "./api.js";
import { changed } from "./adapters.js";
import { el } from "./dom.js";
import { trainForm } from "./train_form.js";
import { runCard } from "./train_run.js";
import { refused } from "./shell.js";
import * as words from "./words.js";

const BUSY_MS = 1000;
const IDLE_MS = 5000;
const page = { running: null };
let timer = 0;

function explained() {
  const steps = words.train.steps.map(([title, text], at) => el("li", {}, el("span", { className: "v-train-step" }, String(at + 1)), el("div", {}, el("strong", {}, title), " ", text)));
  return el("section", { className: "v-card v-train-explain" }, el("h2", {}, words.train.explain), el("ol", {}, ...steps));
}

async function look() {
  clearTimeout(timer);
  try {
    shown(await ask("/api/train"));
    page.away.replaceChildren();
  } catch (error) {
    page.away.replaceChildren(refused(error));
  }
  if (!document.hidden) timer = setTimeout(look, page.running ? BUSY_MS : IDLE_MS);
}

function shown(state) {
  page.card.show(state);
  page.form.element.hidden = state.run.running;
  page.explain.hidden = state.run.stage !== "idle";
  if (page.running && !state.run.running) ended();
  page.running = state.run.running;
}

// An adapter more: the list has it, and the next run needs another name.
function ended() {
  changed();
  offer(true);
}

async function offer(anew = false) {
  try {
    page.form.show(await ask("/api/train/choices"), anew);
  } catch (error) {
    page.form.fail(error);
  }
}

async function begin(wanted) {
  page.refusal.replaceChildren();
  shown(await ask("/api/train", json("POST", wanted)));
  page.card.element.scrollIntoView({ block: "nearest" });
  look();
}

const wish = (path, options) => async () => {
  page.refusal.replaceChildren();
  try {
    shown(await ask(path, options));
  } catch (error) {
    page.refusal.replaceChildren(refused(error));
    return;
  }
  look();
};

export function start(element) {
  page.away = el("div"); // why nothing is known of the run, for as long as that is so
  page.refusal = el("div"); // why the last wish was not met, until the next one
  page.explain = explained();
  page.card = runCard({ stop: wish("/api/train", { method: "DELETE" }), resume: wish("/api/train/resume", json("POST", {})) });
  page.form = trainForm(begin);
  element.replaceChildren(page.away, page.refusal, page.explain, page.card.element, page.form.element);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
  offer();
}
