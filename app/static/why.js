// Why a photo is here: how well it fits, in a word, and a tick for each part of the question.

import { el, icon } from "./dom.js";
import * as words from "./words.js";

const MARKS = { yes: "check", no: "cross", unsure: "unsure" };

function tick(verdict) {
  const text = verdict.kind === "forbid" ? words.why.forbid(verdict.text) : verdict.text;
  const mark = el("span", { className: "v-mark" }, icon(MARKS[verdict.verdict] ?? "unsure"));
  return el("li", { className: `v-tick v-${verdict.verdict}` }, mark, text, el("span", { className: "v-hidden" }, `: ${words.why[verdict.verdict] ?? ""}`));
}

export function ticks(hit) {
  return hit.why?.length ? el("ul", { className: "v-ticks" }, ...hit.why.map(tick)) : null;
}

// A quiet dot, and the word beside it where there is room.
export function level(hit, likely = false) {
  if (!hit.level) return null;
  const text = likely && hit.probability !== null ? `${words.levels[hit.level]} · ${words.why.likely(hit.probability)}` : words.levels[hit.level];
  return el("span", { className: `v-level v-${hit.level}` }, el("i", { className: "v-dot" }), el("span", {}, text));
}
