// What nearly fits, folded below the results; and the word for a question that nothing fits.

import { el } from "./dom.js";
import { tile } from "./tile.js";
import * as words from "./words.js";

export class Almost {
  // `act`: {open(list, at), similar(hit)}.
  constructor(act) {
    this.act = act;
    this.nothing = el("div", { className: "v-nothing", hidden: true });
    this.details = el("details", { className: "v-almost", hidden: true });
    this.element = el("div", {}, this.nothing, this.details);
  }

  clear() {
    this.nothing.hidden = this.details.hidden = true;
    this.details.open = false;
    this.list = "";
  }

  show(answer, total) {
    const near = answer.almost ?? [];
    const list = near.map((hit) => `${hit.id}${hit.why?.length}`).join();
    if (list !== this.list) this.fill(near);
    this.list = list;
    this.nothing.hidden = total > 0;
    if (total === 0) this.nothing.replaceChildren(...this.said(near, answer));
  }

  fill(near) {
    this.details.hidden = !near.length;
    const tiles = near.map((hit, at) => tile(hit, { open: () => this.act.open(near, at), similar: () => this.act.similar(hit) }, { miss: true }));
    for (const one of tiles) for (const button of one.querySelectorAll("button")) button.tabIndex = 0;
    this.details.replaceChildren(
      el("summary", {}, words.almost.title(near.length)),
      el("p", { className: "v-quiet" }, words.almost.lead),
      el("div", { className: "v-near" }, ...tiles),
    );
  }

  said(near, answer) {
    const filtered = Object.keys(answer.interpreted?.filters ?? {}).length > 0 && !near.length;
    const nearest = el("button", { type: "button", className: "v-button v-plain", onclick: () => this.reveal() }, words.nothing.nearest);
    return [
      el("h2", {}, words.nothing.title),
      el("p", { className: "v-quiet" }, filtered ? words.nothing.filtered : words.nothing.why),
      ...(near.length ? [nearest] : []),
    ];
  }

  reveal() {
    this.details.open = true;
    this.details.querySelector("summary").focus({ preventScroll: true });
  }
}
