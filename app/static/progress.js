// An indexing run as a card: a bar, rate, time left, what was skipped and why.

import { stop } from "./api.js";
import { count, duration, el } from "./dom.js";
import { refresh } from "./shell.js";

function headline(run) {
  if (run.stage === "drawing") return "Drawing the small world…";
  if (run.stage === "loading") return "Getting ready…";
  if (run.stage === "indexing") return `Indexing ${run.folder}`;
  if (run.stage === "stopped") return "Stopped. What is indexed stays.";
  if (run.stage === "failed") return run.message;
  return `Done: ${run.folder}`;
}

function details(run) {
  if (run.stage === "failed") return run.hint;
  if (run.running) {
    if (!run.total) return "";
    const parts = [`${run.done.toLocaleString("en")} of ${count(run.total, "photo", "photos")}`];
    if (run.rate > 0) parts.push(`${run.rate >= 10 ? Math.round(run.rate) : run.rate.toFixed(1)} a second`);
    if (run.eta_s > 0) parts.push(`${duration(run.eta_s)} left`);
    return parts.join(" · ");
  }
  const done = run.summary;
  if (!done) return "";
  const parts = ["indexed", "copies", "unchanged", "moved", "removed", "skipped"]
    .filter((name) => done[name])
    .map((name) => `${done[name].toLocaleString("en")} ${name}`);
  return [...parts, duration(done.seconds)].join(" · ");
}

export function progressCard() {
  const title = el("h3");
  const fill = el("div", { className: "v-fill" });
  const track = el("div", { className: "v-track", role: "progressbar" }, fill);
  track.setAttribute("aria-label", "Indexing");
  const line = el("p", { className: "v-quiet" });
  const halt = el("button", { type: "button", className: "v-button v-plain", onclick: () => stop().then(refresh, refresh) }, "Stop");
  const element = el("section", { className: "v-card v-progress", hidden: true }, el("div", {}, title, halt), track, line);
  element.setAttribute("aria-live", "polite");
  function show(run) {
    element.hidden = !run || run.stage === "idle";
    if (element.hidden) return;
    element.dataset.stage = run.stage;
    const share = run.total ? run.done / run.total : 0;
    title.textContent = headline(run);
    line.textContent = details(run);
    halt.hidden = !run.running;
    track.hidden = !run.running;
    track.classList.toggle("v-unknown", run.running && !run.total);
    track.setAttribute("aria-valuenow", Math.round(100 * share));
    fill.style.width = `${100 * share}%`;
  }
  return { element, show };
}
