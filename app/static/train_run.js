// A training run as a card: how far it is, its curves, and at the end the verdict and the figures.

import { chart } from "./curves.js";
import { duration, el } from "./dom.js";
import * as words from "./words.js";

const said = words.train;
const TABLE = ["image_R@1", "image_R@10", "text_R@1", "text_R@10", "image_chance_R@10", "log_loss"];
const FOUND = ["image_R@10", "text_R@10", "image_chance_R@10"];

function headline(run) {
  if (run.running && run.stopping) return said.stages.stopping;
  if (run.stage === "preparing") return said.stages[run.preparing.what];
  if (run.stage === "done") return run.summary.verdict ? said.verdicts[run.summary.verdict][0] : said.run;
  return said.stages[run.stage] ?? said.run;
}

function progress(run) {
  if (run.stage === "preparing") return [run.preparing.done, run.preparing.total];
  if (run.stage === "training" || run.stage === "judging") return [run.step, run.facts.steps];
  return [0, 0];
}

function details(run) {
  const parts = [];
  if (run.facts.rows) parts.push(said.facts(run.facts.rows, run.facts.held_out));
  if (run.facts.bad_rows) parts.push(said.bad(run.facts.bad_rows));
  if (run.stage === "preparing") parts.push(said.of(run.preparing.done, run.preparing.total));
  if (run.stage === "training" && run.facts.steps) {
    parts.push(said.stepOf(run.step, run.facts.steps));
    if (run.rate > 0) parts.push(said.rate(run.rate));
    if (run.eta_s > 0) parts.push(said.left(duration(run.eta_s)));
  }
  if (run.stage === "done") parts.push(said.took(run.summary.steps, duration(run.summary.seconds)));
  return parts.join(" · ");
}

const value = (name, number) => (name.includes("R@") ? said.percent(number) : number.toFixed(3));

function curves(run) {
  const losses = said.lossNames.map((name, index) => ({ name, index, points: run.curve.map((one) => [one[0], one[index + 1]]) }));
  const shown = losses.filter((one) => one.index === 0 || one.points.some((point) => point[1] > 0));
  const found = FOUND.map((name, index) => ({
    name: said.foundNames[name],
    index,
    points: run.evals.filter((one) => name in one.metrics).map((one) => [one.step, one.metrics[name]]),
  }));
  const drawn = [chart(said.losses, shown, (number) => number.toFixed(2)), chart(said.found, found, said.percent, true)];
  return drawn.filter(Boolean);
}

function verdict(run) {
  if (run.stage === "failed" || run.stage === "stopped") {
    return [el("p", {}, run.message), run.hint ? el("p", { className: "v-quiet v-train-hint" }, run.hint) : null].filter(Boolean);
  }
  if (run.stage !== "done" || !run.summary.verdict) return [];
  const words_ = el("p", { className: "v-quiet" }, `${said.gate}: ${run.summary.reason}.`);
  return [el("p", {}, said.verdicts[run.summary.verdict][1]), words_];
}

// Before and after on what was held out: the first and the last look at it.
function table(run) {
  if (run.stage !== "done" || run.evals.length < 2) return [];
  const [before, after] = [run.evals[0].metrics, run.evals.at(-1).metrics];
  const rows = TABLE.filter((name) => name in before && name in after).map((name) =>
    el("tr", {}, el("th", { scope: "row" }, said.metrics[name]), el("td", {}, value(name, before[name])), el("td", {}, value(name, after[name]))),
  );
  const head = el("tr", {}, ...[said.measure, said.before, said.after].map((name) => el("th", { scope: "col" }, name)));
  const made = el("table", { className: "v-train-before" }, el("caption", {}, said.table), el("thead", {}, head), el("tbody", {}, ...rows));
  return [made, ...(run.moved ? [el("p", { className: "v-quiet v-train-moved" }, said.moved(run.moved))] : [])];
}

function skipped(run) {
  if (!run.skips) return [];
  const rows = run.skipped.map((one) => el("li", {}, el("code", {}, one.row), el("span", { className: "v-quiet" }, one.reason)));
  return [el("details", {}, el("summary", {}, said.skipped(run.skips)), el("ul", { className: "v-rows" }, ...rows))];
}

export function runCard({ stop, resume }) {
  const title = el("h2");
  const heard = el("div", {}, title);
  heard.setAttribute("role", "status");
  const name = el("span", { className: "v-train-badge" });
  const fill = el("div", { className: "v-fill" });
  const track = el("div", { className: "v-track", role: "progressbar" }, fill);
  track.setAttribute("aria-label", said.progress);
  const line = el("p", { className: "v-quiet v-train-now" });
  const others = el("p", { className: "v-quiet v-train-others" });
  const halt = el("button", { type: "button", className: "v-button v-plain", onclick: stop }, said.stop);
  const on = el("button", { type: "button", className: "v-button", onclick: resume }, said.resume);
  const end = el("div", { className: "v-train-verdict" });
  const pictures = el("div", { className: "v-train-charts" });
  const figures = el("div", { className: "v-train-figures-held" });
  const out = el("div");
  const top = el("div", { className: "v-train-run-top" }, el("div", {}, heard, name), el("div", { className: "v-controls" }, halt, on));
  const element = el("section", { className: "v-card v-train-run", hidden: true }, top, end, track, line, others, pictures, figures, out);
  let seen = "";

  function show({ run, unfinished, kept }) {
    const fresh = JSON.stringify([run, unfinished, kept]);
    if (fresh === seen) return;
    seen = fresh;
    element.hidden = run.stage === "idle" && !unfinished;
    element.dataset.stage = run.stage;
    element.dataset.verdict = run.summary?.verdict ?? "";
    const waits = run.stage === "idle" && unfinished;
    const text = waits ? said.stages.stopped : headline(run);
    if (title.textContent !== text) title.textContent = text; // else it is read aloud again
    name.textContent = waits ? unfinished : run.name;
    halt.hidden = !run.running;
    halt.textContent = run.stopping ? said.kill : said.stop;
    on.hidden = !unfinished;
    const [done, total] = progress(run);
    track.hidden = !run.running;
    track.classList.toggle("v-unknown", run.running && (!total || run.stage === "judging"));
    track.setAttribute("aria-valuenow", Math.round(total ? (100 * done) / total : 0));
    fill.style.width = `${total ? (100 * done) / total : 0}%`;
    line.textContent = waits ? said.waiting(unfinished) : details(run);
    const another = unfinished && !waits && unfinished !== run.name; // the button means that one
    others.textContent = [another ? said.waiting(unfinished) : "", kept.length ? said.kept(kept) : ""].filter(Boolean).join(" ");
    others.hidden = !others.textContent;
    end.replaceChildren(...verdict(run));
    pictures.replaceChildren(...curves(run));
    figures.replaceChildren(...table(run));
    out.replaceChildren(...skipped(run));
  }
  return { element, show };
}
