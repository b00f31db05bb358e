// One photo, large, with what is known about it. Arrows walk, s asks for similar ones.

import { photo, thumb } from "./api.js";
import { el, fileName, icon } from "./dom.js";

let dialog = null;
let hits = [];
let at = 0;
let asked = () => {};

function fact(name, value) {
  return value ? [el("dt", {}, name), el("dd", {}, value)] : [];
}

function copyButton(path) {
  const button = el("button", { className: "v-icon", type: "button", title: "Copy the path" }, icon("copy"));
  button.setAttribute("aria-label", "Copy the path");
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(path).catch(() => {});
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 900);
  });
  return button;
}

function date(text) {
  const when = text ? new Date(text) : null;
  if (!when || Number.isNaN(when.getTime())) return text ?? "";
  return when.toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
}

function picture(hit) {
  const image = el("img", { src: thumb(hit.id), alt: hit.caption ?? fileName(hit.path) });
  image.width = hit.width || 320;
  image.height = hit.height || 320;
  const large = new Image();
  large.addEventListener("load", () => {
    image.src = large.src;
  });
  large.src = photo(hit.id);
  return image;
}

function show() {
  const hit = hits[at];
  const similar = el("button", { className: "v-button", type: "button", onclick: () => leave(hit) }, icon("similar"), "Similar photos");
  const facts = el(
    "dl",
    {},
    ...fact("Taken", date(hit.taken_at)),
    ...fact("Size", hit.width && hit.height ? `${hit.width} × ${hit.height} pixels` : ""),
    ...fact("Score", hit.score === null ? "" : hit.score.toFixed(3)),
  );
  const side = el(
    "aside",
    {},
    el("h2", {}, fileName(hit.path)),
    hit.caption ? el("p", { className: "v-caption" }, hit.caption) : null,
    facts,
    el("div", { className: "v-path" }, el("code", {}, hit.path), copyButton(hit.path)),
    similar,
  );
  const stage = el("div", { className: "v-stage" }, picture(hit), ...arrows());
  const shut = el("button", { className: "v-icon v-shut", type: "button", onclick: () => dialog.close() }, icon("close"));
  shut.setAttribute("aria-label", "Close");
  dialog.replaceChildren(stage, side, shut);
}

function arrows() {
  return [
    ["left", "Previous photo", -1, at > 0],
    ["right", "Next photo", 1, at < hits.length - 1],
  ].map(([name, label, step, possible]) => {
    const button = el("button", { className: `v-icon v-${name}`, type: "button", hidden: !possible, onclick: () => walk(step) }, icon(name));
    button.setAttribute("aria-label", label);
    return button;
  });
}

function walk(step) {
  const next = at + step;
  if (next < 0 || next >= hits.length) return;
  at = next;
  show();
  dialog.focus(); // what had the focus is no more
}

function leave(hit) {
  dialog.close();
  asked(hit);
}

function build() {
  dialog = el("dialog", { className: "v-lightbox" });
  dialog.tabIndex = -1;
  document.addEventListener("keydown", (event) => {
    if (!dialog.open) return;
    if (event.key === "ArrowLeft") walk(-1);
    else if (event.key === "ArrowRight") walk(1);
    else if (event.key === "s" && !event.ctrlKey && !event.metaKey) leave(hits[at]);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
}

// Opens on `list[index]`; `similar` is called with the hit whose like is wanted.
export function open(list, index, similar) {
  if (!dialog) build();
  [hits, at, asked] = [list, index, similar];
  show();
  dialog.showModal();
}
