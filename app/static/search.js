// The search page: words, a picture, or "more like this" → tiles. The address keeps the question.

import { search, thumb } from "./api.js";
import { count, el, icon } from "./dom.js";
import { firstRun } from "./first.js";
import { Grid } from "./grid.js";
import { choose, listen } from "./picture.js";
import { onState, refused } from "./shell.js";
import { Switch } from "./switch.js";

const PAGE = 60;
const TYPING_MS = 250;
const page = {
  // Made here, as the shell brings the box and the results to life in any order.
  source: el("span", { className: "v-source", hidden: true }),
  by: new Switch((by) => query?.words && go(said(query.words, by))),
};
let query = null;
let running = new AbortController();
let typing = 0;
let state = null;

const box = () => document.querySelector("#v-query input, #v-query textarea");

function put(text) {
  const field = box();
  if (!field || field.value === text) return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true })); // the shell keeps a copy
}

function said(words, by = page.by.value) {
  return { words, by };
}

function address(next) {
  if (next?.words) return `?${new URLSearchParams({ q: next.words, ...(next.by && { by: next.by }) })}`;
  if (next?.like) return `?${new URLSearchParams({ like: next.like })}`;
  return location.pathname;
}

function fromAddress() {
  const given = new URLSearchParams(location.search);
  if (given.get("like")) return { like: given.get("like") };
  return given.get("q") ? said(given.get("q"), given.get("by") ?? "") : null;
}

function same(one, other) {
  return one?.words === other?.words && one?.by === other?.by && one?.like === other?.like && one?.picture === other?.picture;
}

// ---- asking

function go(next, { remember = true } = {}) {
  clearTimeout(typing);
  if (same(query, next)) return;
  query = next;
  if (remember) history.pushState(null, "", address(next));
  put(next?.words ?? "");
  page.by.show(state, next);
  showSource();
  run();
}

async function run() {
  running.abort();
  running = new AbortController();
  document.body.classList.toggle("v-asked", query !== null);
  if (!query) {
    page.grid.clear();
    page.line.replaceChildren();
    return;
  }
  await fetchPage(0, running.signal);
}

async function fetchPage(offset, signal) {
  page.root.setAttribute("aria-busy", "true");
  const waiting = setTimeout(() => page.line.replaceChildren(waitingWords()), 300);
  try {
    const answer = await search(query, offset, PAGE, signal);
    clearTimeout(waiting);
    if (offset === 0) page.grid.clear();
    page.grid.add(answer.results, answer.results.length === PAGE);
    page.line.replaceChildren(summary(answer));
  } catch (error) {
    clearTimeout(waiting);
    if (error.name === "AbortError") return;
    if (offset === 0) page.grid.clear();
    page.by.value = ""; // whoever cannot answer is not asked again unbidden
    page.line.replaceChildren(refused(error));
  }
  page.root.removeAttribute("aria-busy");
}

function waitingWords() {
  return state?.state === "loading" ? `Loading ${state.encoder}: the first answer takes a moment…` : "Searching…";
}

function summary(answer) {
  if (!answer.results.length && !page.grid.hits.length) return "Nothing found.";
  const ms = Object.values(answer.took_ms).reduce((sum, part) => sum + part, 0);
  const took = ms < 1 ? "under 1 ms" : `${Math.round(ms)} ms`;
  return `${count(answer.searched, "photo", "photos")} searched in ${took}, nearest first`;
}

// ---- the picture inside the box

function showSource() {
  if (page.url) URL.revokeObjectURL(page.url);
  page.url = query?.picture ? URL.createObjectURL(query.picture) : null;
  const source = page.url ?? (query?.like ? thumb(query.like) : null);
  const drop = el("button", { type: "button", className: "v-icon", onclick: () => go(null) }, icon("close"));
  drop.setAttribute("aria-label", "Drop the picture");
  page.source.replaceChildren(...(source ? [el("img", { src: source, alt: "The picture to search by" }), drop] : []));
  page.source.hidden = !source;
  const field = box();
  if (field) field.placeholder = source ? "Photos like this one" : "What happens in the photo?";
}

function examples(texts) {
  if (page.shown === texts.join("\n")) return;
  page.shown = texts.join("\n");
  page.examples.replaceChildren(...texts.map((text) => example(text)));
}

function example(text) {
  const strip = el("span", { className: "v-strip" });
  search({ words: text }, 0, 3)
    .then((answer) => strip.append(...answer.results.map((hit) => el("img", { src: thumb(hit.id), alt: "" }))))
    .catch(() => strip.remove());
  return el("button", { type: "button", className: "v-example", onclick: () => go(said(text)) }, strip, el("span", {}, text));
}

// ---- the box: our own ears, as the shell's are there some moments after its field

function typed(text) {
  clearTimeout(typing);
  const words = text.trim();
  if (!words && !query?.words) return;
  typing = setTimeout(() => go(words ? said(words) : null), TYPING_MS);
}

function asked(text) {
  const words = text.trim();
  if (words) go(said(words));
}

function hear() {
  document.addEventListener("input", (event) => event.target === box() && typed(box().value));
  document.addEventListener("keydown", (event) => event.key === "Enter" && event.target === box() && asked(box().value));
}

export function start(element) {
  page.root = element;
  page.line = el("p", { className: "v-line", role: "status" });
  page.grid = new Grid({
    more: () => fetchPage(page.grid.hits.length, running.signal),
    similar: (hit) => {
      go({ like: hit.id });
      scrollTo({ top: 0 });
    },
  });
  page.examples = el("div", { className: "v-examples" });
  page.first = firstRun();
  element.replaceChildren(page.first.element, page.examples, page.by.element, page.line, page.grid.element);
  onState((next) => {
    const grew = state && !state.photos && next.photos;
    state = next;
    if (next.away || !next.run || next.photos === undefined) return;
    document.body.classList.toggle("v-empty", !next.photos);
    page.first.show(next);
    page.by.show(state, query);
    if (next.photos && next.state === "ready" && next.examples) examples(next.examples);
    if (grew && query) run();
  });
  listen((file) => go({ picture: file }), "Drop a picture to find photos like it");
  addEventListener("popstate", () => go(fromAddress(), { remember: false }));
  const early = box()?.value ?? "";
  hear();
  go(fromAddress(), { remember: false });
  if (!query) typed(early);
}

// The part inside the box: the picture that is searched by, and the button that chooses one.
export function startBox(element) {
  const button = el("button", { type: "button", className: "v-icon v-choose", title: "Search by a picture (or drop or paste one anywhere)", onclick: () => choose((file) => go({ picture: file })) }, icon("image"));
  button.setAttribute("aria-label", "Search by a picture");
  element.replaceChildren(page.source, button);
  if (matchMedia("(hover: hover)").matches) box()?.focus();
  put(query?.words ?? "");
}
