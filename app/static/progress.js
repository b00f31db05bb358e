// Indexing as a card: a bar, rate, time left, and the means to slow it, pause it or stop it.

import { pause, resume, stop, throttle } from "./api.js";
import { duration, el } from "./dom.js";
import { keep } from "./folder_api.js";
import { refresh } from "./shell.js";
import { progress as words } from "./words.js";

const KINDS = ["indexed", "copies", "unchanged", "moved", "removed", "skipped"];

function headline(run, encoder) {
  if (run.stage === "failed" || run.stage === "elsewhere") return run.message;
  if (run.paused && run.stage !== "stopped" && run.stage !== "done") return run.changing ? words.changePaused(run.changing) : words.paused;
  if (run.changing) return words.changing(run.changing, encoder);
  if (run.stage === "drawing") return words.drawing;
  if (run.stage === "loading") return words.loading;
  if (run.stage === "indexing") return words.indexing(run.folder);
  if (run.stage === "stopped") return words.stopped;
  if (run.stage === "watching") return run.running ? words.looking(run.folder) : words.watching(run.roots);
  return words.done(run.folder);
}

function progress(run) {
  if (!run.total) return "";
  const parts = [words.of(run.done, run.total)];
  if (run.rate > 0) parts.push(words.rate(run.rate));
  if (run.eta_s > 0) parts.push(words.left(duration(run.eta_s)));
  return parts.join(" · ");
}

function sum(done) {
  if (!done) return "";
  const parts = KINDS.filter((name) => done[name]).map((name) => words.kinds[name](done[name]));
  return [...parts, ...(done.seconds === undefined ? [] : [duration(done.seconds)])].join(" · ");
}

function details(run) {
  if (run.stage === "failed") return run.hint;
  const line = run.running ? progress(run) : sum(run.summary);
  if (run.stage !== "elsewhere") return line;
  return [words.elsewhere, line].filter(Boolean).join(" ");
}

function button(label, act) {
  return el("button", { type: "button", className: "v-button v-plain", onclick: () => act().then(refresh, refresh) }, label);
}

function speeds() {
  const select = el("select", { className: "v-speed" }, ...words.speeds.map(([share, name]) => el("option", { value: share }, name)));
  select.setAttribute("aria-label", words.speed);
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
  track.setAttribute("aria-label", words.label);
  const line = el("p", { className: "v-quiet" });
  const speed = speeds();
  const rest = button(words.pause, pause);
  const on = button(words.resume, resume);
  const halt = button(words.stop, stop);
  const stay = button("", keep);
  const notes = el("ul", { className: "v-rows v-notes" });
  const element = el("section", { className: "v-card v-progress", hidden: true }, el("div", {}, title, el("div", { className: "v-controls" }, speed, rest, on, stay, halt)), track, line, notes);
  element.setAttribute("aria-live", "polite");
  let noted = "";
  function show(run, encoder = "") {
    element.hidden = !run || run.stage === "idle";
    if (element.hidden) return;
    const ours = run.stage === "indexing" || run.stage === "watching";
    const moves = run.running && !run.paused;
    element.dataset.stage = run.stage;
    title.textContent = headline(run, encoder);
    line.textContent = details(run);
    halt.hidden = !(run.running || ours);
    stay.hidden = !run.changing;
    if (run.changing) stay.textContent = words.keep(encoder);
    speed.hidden = !ours;
    const held = document.activeElement;
    rest.hidden = !ours || run.paused;
    on.hidden = !ours || !run.paused;
    if (held.hidden && held === rest) on.focus(); // one stands where the other was
    if (held.hidden && held === on) rest.focus();
    if (document.activeElement !== speed) speed.value = words.speeds.reduce((best, one) => (Math.abs(one[0] - run.share) < Math.abs(best[0] - run.share) ? one : best))[0];
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
