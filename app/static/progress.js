// Indexing as a card: a bar, rate, time left, and the means to slow it, pause it or stop it.

import { pause, resume, stop, throttle } from "./api.js";
import { count, duration, el } from "./dom.js";
import { refresh } from "./shell.js";

const SPEEDS = [[1, "Full speed"], [0.5, "Half speed"], [0.25, "A quarter"], [0.1, "A tenth"]];
const KINDS = ["indexed", "copies", "unchanged", "moved", "removed", "skipped"];

function headline(run) {
  if (run.stage === "failed" || run.stage === "elsewhere") return run.message;
  if (run.paused && run.stage !== "stopped" && run.stage !== "done") return "Paused";
  if (run.stage === "drawing") return "Drawing the small world…";
  if (run.stage === "loading") return "Getting ready…";
  if (run.stage === "indexing") return `Indexing ${run.folder}`;
  if (run.stage === "stopped") return "Stopped. What is indexed stays.";
  if (run.stage === "watching") return run.running ? `Looking through ${run.folder}` : `Watching ${count(run.roots, "folder", "folders")}`;
  return `Done: ${run.folder}`;
}

function progress(run) {
  if (!run.total) return "";
  const parts = [`${run.done.toLocaleString("en")} of ${count(run.total, "photo", "photos")}`];
  if (run.rate > 0) parts.push(`${run.rate >= 10 ? Math.round(run.rate) : run.rate.toFixed(1)} a second`);
  if (run.eta_s > 0) parts.push(`${duration(run.eta_s)} left`);
  return parts.join(" · ");
}

function sum(done) {
  if (!done) return "";
  const parts = KINDS.filter((name) => done[name]).map((name) => `${done[name].toLocaleString("en")} ${name}`);
  return [...parts, ...(done.seconds === undefined ? [] : [duration(done.seconds)])].join(" · ");
}

function details(run) {
  if (run.stage === "failed") return run.hint;
  const line = run.running ? progress(run) : sum(run.summary);
  if (run.stage !== "elsewhere") return line;
  return ["It does what is asked for here, and this page takes over when it ends.", line].filter(Boolean).join(" ");
}

function button(label, act) {
  return el("button", { type: "button", className: "v-button v-plain", onclick: () => act().then(refresh, refresh) }, label);
}

function speeds() {
  const select = el("select", { className: "v-speed" }, ...SPEEDS.map(([share, name]) => el("option", { value: share }, name)));
  select.setAttribute("aria-label", "Speed of indexing");
  select.addEventListener("change", () => throttle(Number(select.value)).then(refresh, refresh));
  return select;
}

function note(one) {
  return el("li", {}, one.text, one.hint ? el("span", { className: "v-quiet" }, one.hint) : null);
}

export function progressCard() {
  const title = el("h3");
  const fill = el("div", { className: "v-fill" });
  const track = el("div", { className: "v-track", role: "progressbar" }, fill);
  track.setAttribute("aria-label", "Indexing");
  const line = el("p", { className: "v-quiet" });
  const speed = speeds();
  const rest = button("Pause", pause);
  const on = button("Resume", resume);
  const halt = button("Stop", stop);
  const notes = el("ul", { className: "v-rows v-notes" });
  const element = el("section", { className: "v-card v-progress", hidden: true }, el("div", {}, title, el("div", { className: "v-controls" }, speed, rest, on, halt)), track, line, notes);
  element.setAttribute("aria-live", "polite");
  let noted = "";
  function show(run) {
    element.hidden = !run || run.stage === "idle";
    if (element.hidden) return;
    const ours = run.stage === "indexing" || run.stage === "watching";
    const moves = run.running && !run.paused;
    element.dataset.stage = run.stage;
    title.textContent = headline(run);
    line.textContent = details(run);
    halt.hidden = !(run.running || ours);
    speed.hidden = !ours;
    rest.hidden = !ours || run.paused;
    on.hidden = !ours || !run.paused;
    if (document.activeElement !== speed) speed.value = SPEEDS.reduce((best, one) => (Math.abs(one[0] - run.share) < Math.abs(best[0] - run.share) ? one : best))[0];
    const share = run.total ? run.done / run.total : 0;
    track.hidden = !run.running;
    track.classList.toggle("v-unknown", moves && !run.total);
    track.setAttribute("aria-valuenow", Math.round(100 * share));
    fill.style.width = `${100 * share}%`;
    const fresh = JSON.stringify(run.notes);
    if (noted !== fresh) notes.replaceChildren(...run.notes.map(note));
    noted = fresh;
  }
  return { element, show };
}
