// The search page: words, a picture, or both → tiles. The address keeps the question.

import { search } from "./api.js";
import { Almost } from "./almost.js";
import { Asking } from "./asking.js";
import { Box } from "./box.js";
import { Chips } from "./chips.js";
import { el } from "./dom.js";
import { Examples } from "./examples.js";
import { Filters } from "./filters.js";
import { firstRun } from "./first.js";
import { Grid } from "./grid.js";
import { focusCell } from "./grid_keys.js";
import { Hits, PAGE } from "./hits.js";
import * as lightbox from "./lightbox.js";
import { listen } from "./picture.js";
import { EMPTY, address, fromAddress, isEmpty, same } from "./query.js";
import { Saved } from "./saved.js";
import { onState, refused } from "./shell.js";
import { BOTH, Switch } from "./switch.js";
import { Toolbar } from "./toolbar.js";
import { Versus } from "./versus.js";
import * as words from "./words.js";

let query = EMPTY;
let answered = EMPTY; // the question whose hits are shown
let state = null;
let typing = false; // the last entry of the history is still being typed
let lost = false; // the last question was not answered: it may be asked again
let waiting = 0;
let root = null;

// Made here, as the shell brings the box and the results to life in any order.
const box = new Box({
  typed: (text) => go({ ...query, words: text }, { replace: typing, typed: true }),
  asked: (text) => go({ ...query, words: text }),
  picture: (file) => go({ ...query, like: "", picture: file }),
  letGo: () => go({ ...query, like: "", picture: null }),
});
const by = new Switch((name) => go({ ...query, by: name }));
const saved = new Saved({ ask: (text, sort) => go({ ...EMPTY, words: text, sort }), failed: (error) => told(error), emptied: () => box.select("") });
const chips = new Chips({ edit: (part) => box.select(part), change: (text) => go({ ...query, words: text }) });
const filters = new Filters({ words: () => box.words, change: (text) => go({ ...query, words: text }) });
const examples = new Examples((text) => go({ ...EMPTY, words: text, by: by.value }));
const asking = new Asking({ painted, refined, failed, checking: (on) => bar.checking(on), unchecked: (error) => bar.note(words.line.unchecked(error.message)) });
const bar = new Toolbar(
  { sort: (order) => go({ ...query, sort: order }), all: (all) => go({ ...query, all }), stop },
  filters.button,
);
const hits = new Hits((offset, signal) => search(answered, { offset, limit: PAGE, verify: 0 }, signal), () => grid.draw(), told);
const grid = new Grid(hits, { open, similar });
const almost = new Almost({ open: (list, at) => lightbox.open(few(list), at), similar });
const versus = new Versus({ open: (list, at) => lightbox.open(few(list), at), similar, shown: compared, failed });

// ---- asking

function go(next, { replace = false, typed = false, remember = true } = {}) {
  const fresh = isEmpty(next) ? EMPTY : { ...next, by: next.picture || next.like ? "" : next.by };
  if (same(query, fresh) && !lost) {
    typing &&= typed; // Enter after typing ends the entry
    return;
  }
  typing = typed;
  if (remember) history[replace || same(query, fresh) ? "replaceState" : "pushState"]({ picture: fresh.picture }, "", address(fresh));
  query = fresh;
  if (!typed) box.put(query.words);
  box.show(query);
  run();
}

function run() {
  const asked = !isEmpty(query);
  document.body.classList.toggle("v-asked", asked);
  by.show(state, query);
  filters.show(query.words);
  saved.show(query.words, query.sort);
  bar.query(query, asked);
  clearTimeout(waiting);
  lost = false;
  asking.stop();
  if (query.by !== BOTH) versus.clear();
  document.body.classList.toggle("v-both", query.by === BOTH);
  if (!asked) return clear();
  root?.setAttribute("aria-busy", "true");
  waiting = setTimeout(() => bar.say(state?.state === "loading" ? words.line.loading(state.encoder) : words.line.searching), 300);
  return query.by === BOTH ? versus.ask(query.words) : asking.ask(query);
}

function clear() {
  hits.clear();
  grid.restart();
  almost.clear();
  chips.clear();
  bar.say();
  root?.removeAttribute("aria-busy");
}

function painted(answer) {
  answered = query;
  delete root.dataset.checked;
  if (scrollY > 0) scrollTo({ top: 0 });
  hits.begin(answer);
  grid.restart();
  almost.clear();
  shown(answer);
}

// Both answers stand beside each other, in the place of one.
function compared() {
  answered = query;
  clear();
  clearTimeout(waiting);
  root.dataset.shown = query.words;
}

function refined(answer) {
  root.dataset.checked = query.words;
  hits.refine(answer);
  grid.move();
  shown(answer);
}

function shown(answer) {
  clearTimeout(waiting);
  root.removeAttribute("aria-busy");
  root.dataset.shown = query.words;
  chips.show(answer.interpreted, query.words);
  bar.answer({ ...answer, total: hits.total }, query); // without what the second stage took out
  almost.show(answer, hits.total);
}

function failed(error) {
  lost = true;
  clearTimeout(waiting);
  root?.removeAttribute("aria-busy");
  versus.clear();
  if (!typing || error.status !== 400) clear(); // a filter that is half typed takes nothing away
  by.value = ""; // whoever cannot answer is not asked again unbidden
  query = { ...query, by: "" };
  told(error);
}

function told(error) {
  bar.say(refused(error));
}

// What is checked so far is not told apart: the first stage stands.
function stop() {
  asking.stopChecking();
  bar.note(words.line.stopped);
}

// ---- one photo

function similar(hit) {
  go({ ...EMPTY, like: hit.id });
}

function open(place, number) {
  if (number) return lightbox.open(few(below(hits.at(place))), number - 1);
  const list = { get: (one) => hits.get(one), total: () => hits.total, similar, words: marked, closed: (one) => focusCell(grid, grid.stacks.cell(one)) };
  return lightbox.open(list, place);
}

const few = (list) => ({ get: async (at) => list[at], total: () => list.length, similar, words: marked });

// What a mark belongs to: words alone. A picture is no question that could be kept.
const marked = () => (answered.like || answered.picture ? "" : answered.words.trim());

const below = (hit) => hit.alike.map((path, at) => ({ ...hit, path, id: hit.alike_ids[at], caption: null, taken_at: null, why: [], alike: [], level: null }));

// ---- the page

function heard(next) {
  const grew = state && !state.photos && next.photos;
  state = next;
  if (next.away || !next.run || next.photos === undefined) return;
  document.body.classList.toggle("v-empty", !next.photos);
  first.show(next);
  by.show(state, query);
  if (next.photos && next.state === "ready" && next.examples) examples.show(next.examples);
  if (grew && !isEmpty(query)) run();
}

const first = firstRun();

export function start(element) {
  root = element;
  const top = el("div", { className: "v-over" }, chips.element, filters.element, by.element, bar.element);
  element.replaceChildren(first.element, saved.element, examples.element, top, versus.element, grid.element, almost.element);
  onState(heard);
  listen((file) => go({ ...query, like: "", picture: file }), words.box.drop);
  addEventListener("popstate", (event) => go(fromAddress(event.state?.picture ?? null), { remember: false }));
  saved.load();
  const early = box.words;
  go(fromAddress(history.state?.picture ?? null), { remember: false });
  if (isEmpty(query) && early) box.act.typed(early);
}

export const startBox = (element) => box.start(element, saved.star);
