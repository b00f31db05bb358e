// What is known of one photo, in words. Everything from the photo is text.

import { long } from "./dates.js";
import { el, fileName } from "./dom.js";
import { level, ticks } from "./why.js";
import * as words from "./words.js";

const MACHINE = "machine:"; // begins a caption's source where a model wrote it

function fact(name, value) {
  return value ? [el("dt", {}, name), el("dd", {}, value)] : [];
}

function place({ lat, lon }) {
  if (lat === null || lat === undefined || lon === null || lon === undefined) return "";
  const side = (value, plus, minus) => `${Math.abs(value).toFixed(4)}° ${value < 0 ? minus : plus}`;
  const { north, south, east, west } = words.lightbox.sides;
  return `${side(lat, north, south)}, ${side(lon, east, west)}`;
}

function caption(hit) {
  if (!hit.caption) return null;
  const mark = hit.caption_source?.startsWith(MACHINE) ? el("span", { className: "v-machine" }, words.lightbox.machine) : null;
  return el("p", { className: "v-caption" }, hit.caption, mark);
}

function alike(hit) {
  if (!hit.alike?.length) return null;
  return el(
    "details",
    { className: "v-alike" },
    el("summary", {}, words.lightbox.alike(hit.alike.length)),
    el("ul", {}, ...hit.alike.map((path) => el("li", {}, el("code", {}, path)))),
  );
}

export function facts(hit) {
  const list = el(
    "dl",
    {},
    ...fact(words.lightbox.taken, long(hit.taken_at)),
    ...fact(words.lightbox.where, place(hit)),
    ...fact(words.lightbox.camera, hit.camera),
    ...fact(words.lightbox.size, hit.width && hit.height ? words.lightbox.pixels(hit.width, hit.height) : ""),
    ...fact(words.lightbox.score, typeof hit.score === "number" && hit.score !== 0 ? hit.score.toFixed(3) : ""),
  );
  const match = hit.level || hit.why?.length ? el("section", { className: "v-why" }, el("h3", {}, words.why.label), level(hit, true), ticks(hit)) : null;
  const path = el("p", { className: "v-path" }, el("code", {}, hit.path));
  return [el("h2", {}, fileName(hit.path)), caption(hit), match, list, path, alike(hit)].filter(Boolean);
}
