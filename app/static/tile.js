// One hit as a tile: its thumbnail, how well it fits, why, when it was taken, and what lies below it.

import { thumb } from "./api.js";
import { short } from "./dates.js";
import { el, fileName, icon } from "./dom.js";
import { dragOut } from "./drag.js";
import { level, ticks } from "./why.js";
import * as words from "./words.js";

// `act`: {open, similar, unfold}. `below`: a near-duplicate that was unfolded; `miss`: one that does
// not fit, so only why counts; `later`: all but its place and its name waits for `finish`.
export function tile(hit, act, { below = false, unfolded = false, later = false, miss = false } = {}) {
  const name = fileName(hit.path);
  const image = el("img", { alt: hit.caption ?? name, decoding: "async", draggable: false });
  const figure = el("figure", { className: "v-tile" });
  image.addEventListener("load", () => figure.classList.add("v-there"));
  image.addEventListener("error", () => gone(figure));
  const open = el("button", { className: "v-open", type: "button", tabIndex: -1, title: hit.path, onclick: act.open }, image);
  open.setAttribute("aria-label", words.tile.open(name));
  figure.append(open);
  dragOut(figure, hit);
  if (below) figure.classList.add("v-below");
  figure.finish = () => {
    figure.finish = null;
    image.src = thumb(hit.id);
    if (image.complete && image.naturalWidth) figure.classList.add("v-there");
    figure.append(...[about(hit, miss), like(name, act), badge(hit, act, unfolded)].filter(Boolean));
  };
  if (!later) figure.finish();
  return figure;
}

// How well it fits, why, and when it was taken.
function about(hit, miss) {
  const date = short(hit.taken_at);
  if (!hit.why?.length && (miss || !(hit.level || date))) return null;
  const under = miss ? null : el("span", { className: "v-under" }, level(hit), date ? el("time", {}, date) : null);
  return el("figcaption", {}, ticks(hit), under);
}

function like(name, act) {
  const button = el("button", { className: "v-like", type: "button", tabIndex: -1, title: words.tile.similarShort, onclick: act.similar }, icon("similar"));
  button.setAttribute("aria-label", words.tile.similar(name));
  return button;
}

function badge(hit, act, unfolded) {
  if (!hit.alike?.length || !act.unfold) return null;
  const button = el("button", { className: "v-badge", type: "button", tabIndex: -1, onclick: act.unfold }, icon("stack"), unfolded ? "" : `+${hit.alike.length}`);
  const label = unfolded ? words.tile.fold : words.tile.unfold(hit.alike.length);
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-expanded", String(unfolded));
  button.title = label;
  return button;
}

function gone(figure) {
  figure.classList.add("v-gone");
  figure.dataset.gone = words.tile.gone;
}

// A tile whose hit has not come yet.
export function empty() {
  return el("figure", { className: "v-tile v-waiting", tabIndex: -1 });
}
