// Lines over steps, as a picture and as words: our own small chart.

import { el } from "./dom.js";
import * as words from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 560;
const HEIGHT = 190;
const EDGE = { left: 44, right: 12, top: 10, bottom: 26 };

function shape(tag, props, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  if (text) node.append(text);
  return node;
}

// A round distance between lines of a grid, so that about three fit.
function distance(span) {
  const power = 10 ** Math.floor(Math.log10(span / 3));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => span / one <= 4);
}

// `points` of all series → where a value stands. Equal values get some room around them.
export function scale(points, fromZero = false) {
  const xs = points.map((one) => one[0]);
  const ys = points.map((one) => one[1]);
  const x = [Math.min(...xs), Math.max(...xs)];
  let [low, high] = [fromZero ? 0 : Math.min(...ys), Math.max(...ys)];
  if (high - low < 1e-6) [low, high] = [fromZero ? 0 : low - 0.5, high + 0.5];
  const every = distance(high - low);
  const y = [Math.floor(low / every) * every, Math.ceil(high / every) * every];
  const across = WIDTH - EDGE.left - EDGE.right;
  const up = HEIGHT - EDGE.top - EDGE.bottom;
  return {
    x,
    ticks: Array.from({ length: Math.round((y[1] - y[0]) / every) + 1 }, (_, i) => y[0] + i * every),
    digits: Math.max(0, -Math.floor(Math.log10(every))),
    at: ([step, value]) => [
      EDGE.left + (x[1] > x[0] ? (step - x[0]) / (x[1] - x[0]) : 0.5) * across,
      EDGE.top + (1 - (value - y[0]) / (y[1] - y[0])) * up,
    ],
  };
}

function grid(to) {
  const lines = to.ticks.flatMap((value) => {
    const [, y] = to.at([to.x[0], value]);
    return [
      shape("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y, y2: y, class: "v-train-grid-line" }),
      shape("text", { x: EDGE.left - 8, y: y + 4, "text-anchor": "end" }, value.toFixed(to.digits)),
    ];
  });
  const y = HEIGHT - 7;
  const ends = [
    shape("text", { x: EDGE.left, y }, `${words.train.step} ${words.number(to.x[0])}`),
    shape("text", { x: WIDTH - EDGE.right, y, "text-anchor": "end" }, words.number(to.x[1])),
  ];
  return [...lines, ...(to.x[1] > to.x[0] ? ends : ends.slice(0, 1))];
}

function line(points, to, index) {
  const places = points.map((one) => to.at(one));
  const path = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const [x, y] = places.at(-1);
  return [
    shape("polyline", { points: path, class: `v-train-line v-train-line-${index}` }),
    shape("circle", { cx: x, cy: y, r: 3.5, class: `v-train-dot v-train-line-${index}` }),
  ];
}

function key(name, index, said) {
  const mark = shape("svg", { viewBox: "0 0 26 10", class: "v-train-key", "aria-hidden": "true" });
  mark.append(shape("line", { x1: 1, x2: 25, y1: 5, y2: 5, class: `v-train-line v-train-line-${index}` }));
  return el("li", {}, mark, said);
}

// `series`: [{ name, points: [[step, value], …], index }]; `say` turns a value into words.
export function chart(title, series, say, fromZero = false) {
  const drawn = series.filter((one) => one.points.length);
  if (!drawn.length) return null;
  const to = scale(drawn.flatMap((one) => one.points), fromZero);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "v-train-chart", role: "img" });
  svg.setAttribute("aria-label", title);
  svg.append(...grid(to), ...drawn.flatMap((one) => line(one.points, to, one.index)));
  const keys = drawn.map((one) => key(one.name, one.index, words.train.curve(one.name, say(one.points[0][1]), say(one.points.at(-1)[1]))));
  return el("figure", { className: "v-train-curves" }, el("figcaption", {}, title), svg, el("ul", { className: "v-train-keys" }, ...keys));
}
