// The demo at one glance: both encoders' best answers side by side, right and wrong by the drawn facts.

import { versus } from "./api.js";
import { el, icon } from "./dom.js";
import { tile } from "./tile.js";
import * as words from "./words.js";

const SHOWN = 12;

export class Versus {
  // `act`: {open(list, at), similar(hit), shown(), failed(error)}.
  constructor(act) {
    this.act = act;
    this.element = el("div", { className: "v-versus", hidden: true });
    this.running = new AbortController();
  }

  clear() {
    this.running.abort();
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  async ask(text) {
    this.running.abort();
    const { signal } = (this.running = new AbortController());
    try {
      const answer = await versus(text, SHOWN, signal);
      if (signal.aborted) return;
      this.element.hidden = false;
      this.element.dataset.shown = text;
      const note = answer.judged ? words.versus.judged(answer.there) : words.versus.unjudged;
      this.element.replaceChildren(el("div", { className: "v-sides" }, ...answer.sides.map((side) => this.side(side))), el("p", { className: "v-quiet", role: "note" }, note));
      this.act.shown();
    } catch (error) {
      if (!signal.aborted) this.act.failed(error);
    }
  }

  side({ model, results, right, judged }) {
    const score = judged ? el("span", {}, words.versus.score(right, judged)) : null;
    const tiles = results.map((hit, at) => this.tile(hit, results, at));
    const found = tiles.length ? el("div", { className: "v-pair" }, ...tiles) : el("p", { className: "v-quiet" }, words.versus.none);
    return el("section", { "aria-label": words.versus.label(model) }, el("h2", {}, model, score), found);
  }

  tile(hit, list, at) {
    const made = tile(hit, { open: () => this.act.open(list, at), similar: () => this.act.similar(hit) }, { miss: true });
    for (const button of made.querySelectorAll("button")) button.tabIndex = 0;
    if (hit.right === null) return made;
    const said = hit.right ? words.versus.right : words.versus.wrong;
    made.classList.add(hit.right ? "v-is-right" : "v-is-wrong");
    made.append(el("span", { className: "v-verdict", title: said }, icon(hit.right ? "check" : "cross"), el("span", { className: "v-hidden" }, said)));
    return made;
  }
}
