// The line over the results: how many there are, whether they are being checked, and their order.

import { el } from "./dom.js";
import * as words from "./words.js";

export class Toolbar {
  // `act`: {sort(order), all(everything), stop()}; `filters` is the button that opens them.
  constructor(act, filters) {
    this.line = el("p", { className: "v-line", role: "status" });
    this.stopped = el("button", { type: "button", className: "v-tool", onclick: act.stop }, words.line.stop);
    this.check = el("span", { className: "v-checking", hidden: true }, el("i", { className: "v-pulse" }), el("span", {}, words.line.checking), this.stopped);
    this.noted = el("span", { className: "v-quiet", role: "status" });
    this.everything = el("button", { type: "button", className: "v-tool v-all", hidden: true, onclick: () => act.all(this.everything.value !== "less") });
    this.orders = ["relevance", "date"].map((order) => el("button", { type: "button", value: order, onclick: () => act.sort(order) }, words.sort[order]));
    this.order = el("div", { className: "v-switch v-order", role: "group" }, ...this.orders);
    this.order.setAttribute("aria-label", words.sort.label);
    this.tools = el("div", { className: "v-tools", hidden: true }, filters, this.order);
    this.element = el("div", { className: "v-bar-row" }, el("div", { className: "v-told" }, this.line, this.check, this.noted, this.everything), this.tools);
  }

  say(...parts) {
    this.line.replaceChildren(...parts);
  }

  checking(on) {
    this.check.hidden = !on;
  }

  // A word beside the answer, until the next one.
  note(text = "") {
    this.noted.textContent = text;
  }

  query(query, asked) {
    this.note();
    this.tools.hidden = !asked;
    for (const button of this.orders) button.setAttribute("aria-pressed", String(button.value === query.sort));
    this.everything.hidden = !asked || document.activeElement !== this.everything; // who pressed it stays there
  }

  answer(answer, query) {
    const ms = Object.values(answer.took_ms).reduce((sum, part) => sum + part, 0);
    const total = answer.total ?? answer.results.length;
    this.say(told(answer, query, total, words.line.took(ms)));
    const less = query.all;
    this.everything.hidden = !less && !(total < answer.searched && answer.almost?.length);
    this.everything.value = less ? "less" : "more";
    this.everything.textContent = less ? words.line.lessAsked : words.line.moreAsked;
  }
}

// Where nothing was cut off, filtered or checked, all that is known is an order.
function told(answer, query, total, took) {
  const asked = answer.interpreted ?? {};
  const filtered = Object.keys(asked.filters ?? {}).length || asked.literal?.length;
  const ranked = answer.results.length && answer.results.every((hit) => hit.probability === null && !hit.why?.length);
  if ((query.all || ranked) && !filtered) return query.sort === "date" ? words.line.ordered(total) : words.line.ranked(answer.searched, took);
  return words.line.found(total, answer.searched, took);
}
