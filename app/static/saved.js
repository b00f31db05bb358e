// Searches that are worth keeping: a star beside the box, and their list below it while it is empty.

import { forget, save, saved } from "./api.js";
import { el, icon } from "./dom.js";
import * as words from "./words.js";

const LONGEST = 60; // characters of a name

export class Saved {
  // `ask(query)` runs one: its words and its order.
  constructor({ ask, failed }) {
    Object.assign(this, { ask, failed });
    this.list = [];
    this.star = el("button", { type: "button", className: "v-icon v-star", hidden: true, onclick: () => this.toggle() }, icon("star"));
    this.element = el("nav", { className: "v-saved", hidden: true });
    this.element.setAttribute("aria-label", words.saved.label);
    this.said = "";
  }

  async load() {
    const known = await saved().catch(() => []);
    this.take(Array.isArray(known) ? known : (known.saved ?? []));
  }

  take(list) {
    this.list = list;
    this.element.hidden = !list.length;
    this.element.replaceChildren(el("h2", {}, words.saved.label), el("ul", {}, ...list.map((one) => this.row(one))));
    this.show(this.said);
  }

  row(one) {
    const run = el("button", { type: "button", className: "v-run", onclick: () => this.ask(one.query) }, icon("star"), one.name);
    const away = el("button", { type: "button", className: "v-away", onclick: () => this.remove(one.name) }, icon("close"));
    away.setAttribute("aria-label", words.saved.remove(one.name));
    return el("li", {}, run, away);
  }

  // The star as it is for these words.
  show(said) {
    this.said = said.trim();
    const kept = this.kept();
    this.star.hidden = !this.said;
    this.star.setAttribute("aria-pressed", String(Boolean(kept)));
    this.star.title = kept ? words.saved.saved : words.saved.save;
    this.star.setAttribute("aria-label", this.star.title);
  }

  kept() {
    return this.list.find((one) => one.query === this.said);
  }

  async toggle() {
    const kept = this.kept();
    await (kept ? this.remove(kept.name) : this.add());
  }

  async add() {
    const name = this.said.length > LONGEST ? `${this.said.slice(0, LONGEST - 1)}…` : this.said;
    await save(name, this.said).catch(this.failed);
    await this.load();
  }

  async remove(name) {
    await forget(name).catch(this.failed);
    await this.load();
  }
}
