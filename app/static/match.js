// Picture → texts: the library's captions, or the lines that were typed, best first.

import { match } from "./api.js";
import { el, icon } from "./dom.js";
import { choose, listen } from "./picture.js";
import { refused } from "./shell.js";

const page = {};
let picture = null;
let running = new AbortController();

const lines = () => document.querySelector("#v-texts textarea")?.value ?? "";

async function run() {
  if (!picture) return;
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
  return error.status === 409 ? { message: error.message, hint: "Type some lines to choose from, one text a line." } : error;
}

function show(results) {
  if (!results.length) {
    page.results.replaceChildren(el("p", { className: "v-quiet" }, "No text to choose from. Type some lines."));
    return;
  }
  const top = Math.max(...results.map((hit) => hit.score), 1e-6);
  page.results.replaceChildren(el("ol", { className: "v-texts" }, ...results.map((hit) => row(hit, top))));
}

function row(hit, top) {
  const bar = el("span", { className: "v-bar" });
  bar.style.width = `${Math.max(0, (100 * hit.score) / top)}%`;
  return el("li", {}, bar, el("span", { className: "v-text" }, hit.text), el("span", { className: "v-number" }, hit.score.toFixed(3)));
}

function take(file) {
  picture = file;
  if (page.url) URL.revokeObjectURL(page.url);
  page.url = URL.createObjectURL(file);
  const image = el("img", { src: page.url, alt: "The picture to match" });
  image.addEventListener("error", () => page.drop.replaceChildren(icon("image"), el("span", {}, file.name)));
  page.drop.replaceChildren(image);
  run();
}

export const hooks = { match: run };

export function start(element) {
  page.drop = el("button", { type: "button", className: "v-drop", onclick: () => choose(take) }, icon("image"), el("span", {}, "Choose, drop or paste a picture"));
  element.replaceChildren(page.drop);
  listen(take, "Drop a picture to find its texts");
}

export function startResults(element) {
  page.results = el("div", { className: "v-results" });
  element.replaceChildren(page.results);
}
