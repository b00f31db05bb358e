// Picture → texts: the library's captions, or the lines that were typed, best first.

import { match } from "./api.js";
import { el, icon } from "./dom.js";
import { choose, listen } from "./picture.js";
import { refused } from "./shell.js";
import * as words from "./words.js";

const TYPING_MS = 400;
const page = {};
let picture = null;
let typing = 0;
let running = new AbortController();

const field = () => document.querySelector("#v-texts textarea");
const lines = () => field()?.value ?? "";

async function run() {
  clearTimeout(typing);
  if (!picture || !page.results) return;
  running.abort();
  running = new AbortController();
  page.results.setAttribute("aria-busy", "true");
  try {
    const answer = await match(picture, lines(), running.signal);
    show(answer.results);
  } catch (error) {
    if (error.name === "AbortError") return;
    page.results.replaceChildren(refused(lines().trim() ? error : toldWithoutLines(error)));
  }
  page.results.removeAttribute("aria-busy");
}

function toldWithoutLines(error) {
  return error.status === 409 ? { message: error.message, hint: words.match.typeLines } : error;
}

function show(results) {
  if (!results.length) {
    page.results.replaceChildren(el("p", { className: "v-quiet" }, words.match.noTexts));
    return;
  }
  const title = lines().trim() ? words.match.typed : words.match.captions;
  const known = results.every((hit) => hit.probability !== null);
  const top = known ? 1 : Math.max(...results.map((hit) => hit.score), 1e-6);
  const value = (hit) => (known ? hit.probability : hit.score);
  page.results.replaceChildren(el("h2", {}, title), el("ol", { className: "v-texts" }, ...results.map((hit) => row(hit, value(hit) / top))));
}

// A share that is known to be a probability is said as one; a score stays a number.
function row(hit, share) {
  const bar = el("span", { className: "v-bar" });
  bar.style.width = `${Math.max(0, 100 * share)}%`;
  const said = hit.probability === null ? hit.score.toFixed(3) : words.why.likely(hit.probability);
  return el("li", {}, bar, el("span", { className: "v-text" }, hit.text), el("span", { className: "v-number" }, said));
}

function take(file) {
  picture = file;
  if (page.url) URL.revokeObjectURL(page.url);
  page.url = URL.createObjectURL(file);
  const image = el("img", { src: page.url, alt: words.match.picture });
  image.addEventListener("error", () => page.drop.replaceChildren(icon("image"), el("span", {}, file.name)));
  page.drop.replaceChildren(image);
  page.drop.title = words.match.another;
  run();
}

function typed(event) {
  if (event.target !== field()) return;
  clearTimeout(typing);
  typing = setTimeout(run, TYPING_MS);
}

export const hooks = { match: run };

export function start(element) {
  page.drop = el("button", { type: "button", className: "v-drop", onclick: () => choose(take) }, icon("image"), el("span", {}, words.match.drop));
  element.replaceChildren(page.drop);
  document.addEventListener("input", typed);
  listen(take, words.box.dropMatch);
}

export function startResults(element) {
  page.results = el("div", { className: "v-results" });
  element.replaceChildren(page.results);
}
