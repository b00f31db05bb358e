// Where the summary token looks: its attention as colour over the picture, all heads and each, layer by layer.

import { el } from "./dom.js";
import { inside as words } from "./words.js";

const DEEPEST = 0.92; // how much of the picture the strongest attention covers
const CURVE = 0.7; // so that little is seen too

// The weights as times the even share: 1 where all places get the same.
function relative(map) {
  const all = map.flat();
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length || 1e-12;
  return all.map((one) => one / mean);
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] || 1;
}

export class Maps {
  // `looks`: [{name, attention}], as the answer has them; `picture`: what the model saw.
  constructor(looks, picture) {
    Object.assign(this, { looks, picture, layer: looks[0].attention.layers.length - 1, head: -1, strength: 1 });
    this.sentence = el("p", { className: "v-sentence" });
    this.columns = el("div", { className: "v-columns" });
    this.element = el("section", { className: "v-card v-attention" }, el("h2", {}, words.attention), this.sentence, this.controls(), this.columns, el("p", { className: "v-quiet" }, words.legend));
    this.draw();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => (this.element.isConnected ? this.paint() : scheme.removeEventListener("change", repaint));
    scheme.addEventListener("change", repaint);
  }

  controls() {
    const layers = this.looks[0].attention.layers;
    const layer = el("select", {}, ...layers.map((one, at) => el("option", { value: at }, words.layer(one.layer, layers.length))));
    layer.value = this.layer;
    layer.addEventListener("change", () => this.set({ layer: Number(layer.value) }));
    const strength = el("input", { type: "range", min: 0.4, max: 3, step: 0.1, value: 1 });
    strength.addEventListener("input", () => {
      this.strength = Number(strength.value);
      this.paint();
    });
    const labelled = (text, control) => el("label", { className: "v-field" }, el("span", {}, text), control);
    return el("div", { className: "v-filters" }, labelled(words.whichLayer, layer), labelled(words.strength, strength));
  }

  set(news) {
    Object.assign(this, news);
    this.draw();
  }

  chosen(look) {
    const layer = look.attention.layers[this.layer];
    return this.head < 0 ? layer.mean : layer.heads[this.head];
  }

  draw() {
    this.sentence.textContent = words.density(this.looks.map((look) => ({ name: look.name, ...this.chosen(look) })), this.head);
    const focused = this.columns.contains(document.activeElement) ? document.activeElement.dataset.at : null;
    this.heats = [];
    this.columns.replaceChildren(...this.looks.map((look) => this.column(look)));
    this.paint();
    if (focused) this.columns.querySelector(`[data-at="${focused}"]`)?.focus({ preventScroll: true });
  }

  column(look) {
    const { mean, heads } = look.attention.layers[this.layer];
    const large = el("figure", { className: "v-large" }, this.heat(this.chosen(look), words.head(this.head)), el("figcaption", {}, words.head(this.head)));
    const small = [mean, ...heads].map((one, at) => this.small(look, one, at - 1));
    return el("div", { className: `v-column v-${look.name}` }, el("h3", {}, words.looks[look.name]), large, el("div", { className: "v-heads" }, ...small));
  }

  small(look, one, head) {
    const button = el("button", { type: "button", onclick: () => this.set({ head }) }, this.heat(one, ""), el("span", {}, words.headShort(head)), el("em", {}, words.shares(one)));
    button.dataset.at = `${look.name} ${head}`;
    button.setAttribute("aria-pressed", String(head === this.head));
    button.setAttribute("aria-label", words.headSaid(head, one));
    return button;
  }

  // The picture in grey under a canvas of one pixel a place.
  heat(one, label) {
    const [high, wide] = [one.map.length, one.map[0].length];
    const canvas = el("canvas", { width: wide, height: high });
    if (label) {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", words.headSaid(this.head, one));
    } else canvas.setAttribute("aria-hidden", "true");
    this.heats.push({ canvas, values: relative(one.map) });
    const ground = el("img", { src: this.picture.address, alt: "", width: this.picture.width, height: this.picture.height });
    return el("span", { className: "v-heat" }, ground, canvas);
  }

  // Once it stands on the page: before, it has no colour.
  paint() {
    if (!this.element.isConnected) return;
    const brightest = quantile(this.heats.flatMap((one) => one.values), 0.995);
    for (const { canvas, values } of this.heats) {
      const context = canvas.getContext("2d", { willReadFrequently: true }); // a pixel a place
      const [red, green, blue] = getComputedStyle(canvas).color.match(/[\d.]+/g);
      const image = context.createImageData(canvas.width, canvas.height);
      values.forEach((value, at) => {
        const alpha = DEEPEST * Math.min(1, (this.strength * value) / brightest) ** CURVE;
        image.data.set([red, green, blue, 255 * alpha], 4 * at);
      });
      context.putImageData(image, 0, 0);
    }
  }
}
