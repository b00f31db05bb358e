// Small pictures of numbers: lines and points in a frame with named axes. Colours come from the style sheet.

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH] = [420, 250];
const FRAME = { left: 44, right: 408, top: 12, bottom: 206 };

export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// `x`, `y`: {from, to, ticks, say, label, log}. Value → place in the frame.
function scale(axis, low, high) {
  const flat = (value) => (axis.log ? Math.log(value) : value);
  const span = flat(axis.to) - flat(axis.from) || 1;
  return (value) => low + ((flat(value) - flat(axis.from)) / span) * (high - low);
}

export class Plot {
  constructor(x, y, label) {
    this.x = scale(x, FRAME.left, FRAME.right);
    this.y = scale(y, FRAME.bottom, FRAME.top);
    this.element = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label, class: "v-plot" });
    for (const tick of y.ticks) {
      this.line([[FRAME.left, this.y(tick)], [FRAME.right, this.y(tick)]], "v-rule");
      this.text(FRAME.left - 7, this.y(tick) + 4, y.say(tick), "end");
    }
    for (const tick of x.ticks) this.text(this.x(tick), FRAME.bottom + 18, x.say(tick), "middle");
    this.text((FRAME.left + FRAME.right) / 2, HIGH - 8, x.label, "middle");
  }

  line(points, kind) {
    this.element.append(svg("polyline", { points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "), class: kind }));
  }

  curve(values, kind) {
    this.line(values.map(([x, y]) => [this.x(x), this.y(y)]), kind);
  }

  level(y, kind) {
    this.line([[FRAME.left, this.y(y)], [FRAME.right, this.y(y)]], kind);
  }

  point(x, y, kind, said, size = 4) {
    this.element.append(svg("circle", { cx: this.x(x).toFixed(1), cy: this.y(y).toFixed(1), r: size, class: kind }, svg("title", {}, said)));
  }

  text(x, y, said, anchor) {
    this.element.append(svg("text", { x, y, "text-anchor": anchor }, said));
  }
}

// Round steps from 0 to at least `most`, about `count` of them.
export function steps(most, count = 4) {
  const rough = Math.max(most, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, at) => at * step);
}
