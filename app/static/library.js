// The library page: what is indexed, by which encoder, what was left out and why.

import { index } from "./api.js";
import { bytes, count, el } from "./dom.js";
import { progressCard } from "./progress.js";
import { onState, refresh, refused } from "./shell.js";

const SHOWN_FAILURES = 200;
const page = {};

function figure(name, value, more) {
  return el("div", { className: "v-figure" }, el("span", {}, name), el("strong", {}, value), more ? el("em", {}, more) : null);
}

function figures(state) {
  return [
    figure("Photos", state.photos.toLocaleString("en"), bytes(state.index_bytes)),
    figure("Encoder", state.encoder, state.dim ? `${state.dim} dimensions` : "not used yet"),
    figure("Kept in", state.library),
  ];
}

const STATES = {
  idle: "up to date at the last look",
  watched: "watched",
  offline: "cannot be reached: its photos are kept until it is back, or until vladva forget",
};

function rootRow(root) {
  return el(
    "li",
    { className: `v-root v-${root.state}` },
    el("code", {}, root.path),
    el("span", { className: "v-quiet" }, `${count(root.photos, "photo", "photos")} · ${STATES[root.state] ?? root.state}`),
  );
}

function failures(list) {
  if (!list.length) return [];
  const rows = list.slice(0, SHOWN_FAILURES).map((bad) => el("li", {}, el("code", {}, bad.path), el("span", { className: "v-quiet" }, bad.reason)));
  const rest = list.length - rows.length;
  const more = rest > 0 ? el("p", { className: "v-quiet" }, `… and ${rest.toLocaleString("en")} more: vladva status --json`) : null;
  return [
    el(
      "details",
      { className: "v-card" },
      el("summary", {}, `${count(list.length, "file was", "files were")} not indexed`),
      el("ul", { className: "v-rows" }, ...rows),
      ...(more ? [more] : []),
    ),
  ];
}

function draw(state) {
  page.progress.show(state.run);
  const seen = JSON.stringify([state.photos, state.roots, state.failures, state.encoder, state.index_bytes]);
  if (seen === page.seen) return;
  page.seen = seen;
  page.figures.replaceChildren(...figures(state));
  page.roots.replaceChildren(
    el("h2", {}, "Folders"),
    state.roots.length ? el("ul", { className: "v-rows v-roots" }, ...state.roots.map(rootRow)) : el("p", { className: "v-quiet" }, "None yet. Add one above."),
    state.roots.length ? el("button", { type: "button", className: "v-button v-plain", onclick: () => begin({}) }, "Look for changes") : "",
  );
  page.failures.replaceChildren(...failures(state.failures));
}

async function begin(wanted) {
  page.trouble.replaceChildren();
  try {
    await index(wanted);
  } catch (error) {
    page.trouble.replaceChildren(refused(error));
  }
  refresh();
}

function add() {
  const folder = field().value.trim();
  if (folder) begin({ folder });
}

const field = () => document.querySelector("#v-folder input, #v-folder textarea");

// Our own ears, on the page as a whole: the shell's are there some moments after its button.
function hear() {
  document.addEventListener("click", (event) => event.target.closest("#v-add button") && add());
  document.addEventListener("keydown", (event) => event.key === "Enter" && event.target === field() && add());
}

export function start(element) {
  hear();
  page.figures = el("section", { className: "v-figures" });
  page.trouble = el("div");
  page.progress = progressCard();
  page.roots = el("section", { className: "v-card" });
  page.failures = el("div");
  element.replaceChildren(page.trouble, page.progress.element, page.figures, page.roots, page.failures);
  onState((state) => state.away || state.photos === undefined || draw(state));
}
