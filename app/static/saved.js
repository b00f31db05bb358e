// Searches that are worth keeping: a star beside the box, and their list below it while it is empty.

import { forget, save, saved } from "./api.js";
import { el, icon } from "./dom.js";
import * as words from "./words.js";

const LONGEST = 60; // characters of a name

export class Saved {
  // `ask(query, sort)` runs one; `emptied` takes the focus when the last one goes.
  constructor({ ask, failed, emptied }) {
    Object.assign(this, { ask, failed, emptied });
    this.list = [];
    this.star = el("button", { type: "button", className: "v-icon v-star", hidden: true, onclick: () => this.toggle() }, icon("star"));
    this.element = el("nav", { className: "v-saved", hidden: true });
    this.element.setAttribute("aria-label", words.saved.label);
    this.said = this.sort = "";
  }

  async load() {
    const known = await saved().catch(() => []);
    this.take(Array.isArray(known) ? known : (known.saved ?? []));
  }

  take(list) {
    this.list = list;
    this.element.hidden = !list.length;
    this.element.replaceChildren(el("h2", {}, words.saved.label), el("ul", {}, ...list.map((one) => this.row(one))));
    this.show(this.said, this.sort);
  }

  row(one) {
    const run = el("button", { type: "button", className: "v-run", onclick: () => this.ask(one.query, one.sort) }, icon("star"), one.name);
    const away = el("button", { type: "button", className: "v-away", onclick: () => this.remove(one.name) }, icon("close"));
    away.setAttribute("aria-label", words.saved.remove(one.name));
    return el("li", {}, run, away);
  }

  // The star as it is for these words in this order.
  show(said, sort) {
    Object.assign(this, { said: said.trim(), sort });
    const kept = this.kept();
    this.star.hidden = !this.said;
    this.star.setAttribute("aria-pressed", String(Boolean(kept)));
    this.star.title = kept ? words.saved.saved : words.saved.save;
    this.star.setAttribute("aria-label", this.star.title);
  }

  kept() {
    return this.list.find((one) => one.query === this.said && one.sort === this.sort);
  }

  async toggle() {
    const kept = this.kept();
    await (kept ? this.remove(kept.name) : this.add());
  }

  async add() {
    await save(this.name(), this.said, this.sort).catch(this.failed);
    await this.load();
  }

  // The words, or their begin; with a number where that is the name of others.
  name() {
    const said = this.said.replace(/\s+/g, " "); // names that differ in spaces alone are the same
    const begin = said.length > LONGEST ? `${said.slice(0, LONGEST - 1)}…` : said;
    const taken = new Set(this.list.map((one) => one.name.toLowerCase()));
    const names = [begin, ...this.list.map((_, at) => `${begin} (${at + 2})`)];
    return names.find((name) => !taken.has(name.toLowerCase()));
  }

  // Whoever walks the list by keyboard is on the next one then.
  async remove(name) {
    const held = this.element.contains(document.activeElement);
    const at = this.list.findIndex((one) => one.name === name);
    await forget(name).catch(this.failed);
    await this.load();
    const left = [...this.element.querySelectorAll(".v-away")];
    if (!held || document.activeElement !== document.body) return; // who went on is elsewhere now
    if (left.length) left[Math.min(at, left.length - 1)].focus();
    else this.emptied();
  }
}
