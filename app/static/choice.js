// One of the choices of the first run, as a card.

import { el } from "./dom.js";

export function card(tag, props, art, title, text, ...rest) {
  return el(tag, { ...props, className: "v-card v-choice" }, art, el("h2", {}, title), el("p", {}, text), ...rest);
}
