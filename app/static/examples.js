// Questions that suit what is in the library, each with a foretaste of its answer.

import { search, thumb } from "./api.js";
import { el } from "./dom.js";
import { EMPTY } from "./query.js";

export class Examples {
  constructor(ask) {
    this.ask = ask;
    this.element = el("div", { className: "v-examples" });
    this.shown = "";
  }

  show(texts) {
    const fresh = texts.join("\n");
    if (fresh === this.shown) return;
    this.shown = fresh;
    this.element.replaceChildren(...texts.map((text) => this.example(text)));
  }

  example(text) {
    const strip = el("span", { className: "v-strip" });
    search({ ...EMPTY, words: text }, { limit: 3, verify: 0 })
      .then((answer) => strip.append(...answer.results.map((hit) => el("img", { src: thumb(hit.id), alt: "" }))))
      .catch(() => strip.remove());
    return el("button", { type: "button", className: "v-example", onclick: () => this.ask(text) }, strip, el("span", {}, text));
  }
}
