// A finished comparison of prompts as three pictures and a table: entropy, variance, recall by entropy.

import { el } from "./dom.js";
import { Plot, steps } from "./plots.js";
import { prompts as words } from "./words.js";

const SIDES = ["image", "text"];
const AXES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const entropyOf = (pair) => (pair.entropy_nats.image + pair.entropy_nats.text) / 2;

// What is remarkable of a pair: its class, and the word for it; null for the rest.
function role(result, pair) {
  const found = [];
  if (pair.name === result.recommended) found.push("recommended");
  if (pair.name === result.in_use) found.push("used");
  if (pair.name === result.best_recall) found.push("best");
  return found.length ? { kind: `v-${found[0]}`, said: found.map((one) => words.roles[one]).join(", ") } : null;
}

const told = (result, pair) => [pair.name, role(result, pair)?.said].filter(Boolean).join(": ");

// The faint ones first, so that what is marked lies in front.
const marksLast = (result) => [...result.pairs].sort((a, b) => Boolean(role(result, a)) - Boolean(role(result, b)));

function key(result) {
  const marked = result.pairs.filter((pair) => role(result, pair));
  const one = (kind, said) => el("li", {}, el("i", { className: kind }), said);
  const rest = result.pairs.length - marked.length;
  return el("ul", { className: "v-key" }, ...marked.map((pair) => one(role(result, pair).kind, told(result, pair))), rest ? one("v-other", words.others(rest)) : null);
}

function figure(title, lead, ...rest) {
  return el("section", { className: "v-figure-of" }, el("h3", {}, title), el("p", { className: "v-quiet" }, lead), ...rest);
}

function entropy(result) {
  const most = Math.max(...result.pairs.flatMap((pair) => SIDES.map((side) => pair.entropy_nats[side])), 1e-9);
  const rows = [...result.pairs].sort((a, b) => entropyOf(b) - entropyOf(a)).map((pair) => {
    const dots = SIDES.map((side) => {
      const dot = el("i", { className: `v-${side}` });
      dot.style.left = `${(100 * pair.entropy_nats[side]) / most}%`;
      return dot;
    });
    const marked = role(result, pair);
    const name = el("span", { className: "v-name" }, pair.name, marked ? el("b", {}, marked.said) : null);
    return el("li", { className: marked ? `v-marked ${marked.kind}` : "" }, name, el("span", { className: "v-dots", "aria-hidden": "true" }, ...dots), el("span", { className: "v-number" }, words.both(pair.entropy_nats)));
  });
  const sides = el("ul", { className: "v-key" }, ...SIDES.map((side) => el("li", {}, el("i", { className: `v-${side}` }), words.sides[side])));
  return figure(words.entropy, words.entropyLead(result), sides, el("ol", { className: "v-entropies" }, ...rows));
}

function variance(result) {
  const curves = (pair, side) => pair.cumulative_variance[side];
  const enough = (values) => values.findIndex((value) => value >= 0.99 - 1e-9) + 1 || values.length;
  const last = Math.max(2, ...result.pairs.flatMap((pair) => SIDES.map((side) => enough(curves(pair, side)))));
  const panels = SIDES.map((side) => {
    const x = { from: 1, to: last, log: true, ticks: AXES.filter((one) => one <= last), say: String, label: words.axes };
    const plot = new Plot(x, { from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1], say: words.percent }, words.variancePanel[side]);
    for (const pair of marksLast(result)) plot.curve(curves(pair, side).slice(0, last).map((value, at) => [at + 1, value]), role(result, pair)?.kind ?? "v-other");
    return el("figure", {}, el("figcaption", {}, words.sides[side]), plot.element);
  });
  return figure(words.variance, words.varianceLead, key(result), el("div", { className: "v-panels" }, ...panels));
}

function recall(result) {
  const ranked = [...result.pairs].sort((a, b) => entropyOf(b) - entropyOf(a));
  const top = Math.max(...["image_R@1", "text_R@1"].flatMap((name) => result.pairs.map((pair) => pair[name])), 100 / result.pictures);
  const ticks = steps(top);
  const places = [1, ...steps(ranked.length).slice(1).filter((one) => one <= ranked.length && Number.isInteger(one))];
  const panels = ["image_R@1", "text_R@1"].map((name) => {
    const rho = result.spearman.entropy[name];
    const x = { from: 0, to: ranked.length + 1, ticks: places, say: String, label: words.rank };
    const plot = new Plot(x, { from: 0, to: ticks.at(-1), ticks, say: (value) => `${value}` }, words.recallPanel(name, rho));
    plot.level(100 / result.pictures, "v-chance");
    for (const pair of marksLast(result)) {
      const marked = role(result, pair);
      plot.point(ranked.indexOf(pair) + 1, pair[name], marked?.kind ?? "v-other", `${told(result, pair)}: ${pair[name].toFixed(1)}`, marked ? 6 : 4);
    }
    return el("figure", {}, el("figcaption", {}, words.recallPanel(name, rho)), plot.element);
  });
  return figure(words.recall, words.recallLead, key(result), el("div", { className: "v-panels" }, ...panels));
}

function table(result) {
  const head = el("tr", {}, ...words.columns.map((name) => el("th", { scope: "col" }, name)));
  const row = (pair) => el("tr", {}, el("th", { scope: "row" }, pair.name), ...[pair.entropy_nats.image, pair.entropy_nats.text].map((one) => el("td", {}, one.toFixed(2))), ...SIDES.map((side) => el("td", {}, pair.effective_rank[side].toFixed(1))), ...["image_R@1", "text_R@1"].map((name) => el("td", {}, pair[name].toFixed(1))));
  const grid = el("div", { className: "v-scroll", tabIndex: 0, role: "region", "aria-label": words.numbers }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...result.pairs.map(row))));
  return el("details", { className: "v-all-numbers" }, el("summary", {}, words.numbers), grid);
}

export function figures(result) {
  const recommended = result.pairs.find((pair) => pair.name === result.recommended);
  const advice = el("p", { className: "v-sentence" }, words.advice(result), " ", el("q", {}, recommended.image));
  return [advice, el("p", { className: "v-quiet" }, words.measured(result)), entropy(result), variance(result), recall(result), table(result)];
}
