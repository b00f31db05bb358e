// One photo, large, with what is known about it and why it is here. Arrows walk, s asks for its like.

import { photo, thumb } from "./api.js";
import { el, fileName, icon } from "./dom.js";
import { canOpenFolders, copy, openFolder } from "./desk.js";
import { dragOut } from "./drag.js";
import { facts } from "./facts.js";
import { Marks } from "./marks.js";
import * as words from "./words.js";

const ENLARGED = 3; // times the pixels that a small photo has
let dialog = null;
let source = null;
let at = 0;
let shown = null;
let marks = null; // of the shown photo, where words found it

function picture(hit) {
  const image = el("img", { src: thumb(hit.id), alt: hit.caption ?? fileName(hit.path) });
  image.width = hit.width || 320;
  image.height = hit.height || 320;
  image.style.setProperty("--v-most", `${ENLARGED * image.width}px`);
  const large = new Image();
  large.addEventListener("load", () => {
    image.src = large.src;
  });
  large.src = photo(hit.id);
  if (hit.id) dragOut(image, hit);
  return image;
}

function show(hit) {
  shown = hit;
  const asked = source.words?.();
  marks = asked && hit.id ? new Marks(hit, asked) : null;
  const side = el("aside", {}, ...facts(hit), marks?.element, buttons(hit), el("p", { className: "v-said", role: "status" }), keys());
  const count = el("span", { className: "v-count" }, words.lightbox.place(at + 1, source.total()));
  const stage = el("div", { className: "v-stage" }, picture(hit), ...arrows(), count);
  const shut = el("button", { className: "v-icon v-shut", type: "button", onclick: () => dialog.close() }, icon("close"));
  shut.setAttribute("aria-label", words.lightbox.close);
  dialog.replaceChildren(stage, side, shut);
  dialog.setAttribute("aria-label", fileName(hit.path));
}

function buttons(hit) {
  const similar = el("button", { className: "v-button", type: "button", onclick: () => leave() }, icon("similar"), words.lightbox.similar);
  const path = el("button", { className: "v-button v-plain", type: "button", onclick: () => enter() }, icon(canOpenFolders() ? "folder" : "copy"), canOpenFolders() ? words.lightbox.folder : words.lightbox.copy);
  return el("div", { className: "v-buttons" }, hit.id ? similar : null, hit.id ? inside(hit) : null, path);
}

const inside = (hit) => el("a", { className: "v-button v-plain", href: `/inside?photo=${hit.id}` }, icon("eye"), words.lightbox.inside);

function keys() {
  const own = canOpenFolders() ? words.lightbox.keysDesktop : words.lightbox.keys;
  const list = marks ? [...own.slice(0, -1), ...words.marks.keys, ...own.slice(-1)] : own;
  return el("p", { className: "v-keys" }, ...list.map(([key, does]) => el("span", {}, el("kbd", {}, key), does)));
}

function arrows() {
  return [
    ["left", words.lightbox.previous, -1, at > 0],
    ["right", words.lightbox.next, 1, at < source.total() - 1],
  ].map(([name, label, step, possible]) => {
    const button = el("button", { className: `v-icon v-${name}`, type: "button", hidden: !possible, onclick: () => walk(step) }, icon(name));
    button.setAttribute("aria-label", label);
    return button;
  });
}

async function walk(step) {
  const next = at + step;
  if (next < 0 || next >= source.total()) return;
  at = next;
  const hit = await source.get(next).catch(() => null);
  if (!hit || at !== next || !dialog.open) return; // the walk went on meanwhile
  show(hit);
  dialog.focus(); // what had the focus is no more
}

function leave() {
  const hit = shown;
  dialog.close();
  source.similar(hit);
}

async function enter() {
  if (canOpenFolders()) return openFolder(shown.id);
  const done = await copy(shown.path);
  const said = dialog.querySelector(".v-said");
  if (said) said.textContent = done ? words.lightbox.copied : words.lightbox.notCopied;
  return undefined;
}

const KEYS = { ArrowLeft: () => walk(-1), ArrowRight: () => walk(1), s: leave, Enter: enter, y: () => marks?.say("right"), n: () => marks?.say("wrong") };

function build() {
  dialog = el("dialog", { className: "v-lightbox" });
  dialog.tabIndex = -1;
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    if (event.key === "Enter" && event.target.closest("button, a, summary")) return; // its own
    event.preventDefault();
    KEYS[event.key]();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => source.closed?.(at));
  document.body.append(dialog);
}

// Opens on the hit at a place of `list`: {get(place) → hit, total(), similar(hit), closed(place)}.
export async function open(list, place) {
  if (!dialog) build();
  const hit = await list.get(place);
  if (!hit) return;
  [source, at] = [list, place];
  show(hit);
  if (!dialog.open) dialog.showModal();
  dialog.focus();
}
