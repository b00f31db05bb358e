// What was understood of the words, part by part: taken away with a click, or edited in the box.

import { el, icon } from "./dom.js";
import * as words from "./words.js";

export class Chips {
  // `edit(written)` selects a part in the box; `change(words)` asks anew without it.
  constructor({ edit, change }) {
    Object.assign(this, { edit, change });
    this.element = el("div", { className: "v-chips", role: "group", hidden: true });
    this.element.setAttribute("aria-label", words.chips.label);
  }

  clear() {
    this.show(null, "");
  }

  // One chip that says just what the box says would say nothing.
  show(interpreted, typed) {
    const list = interpreted?.chips ?? [];
    this.element.hidden = !list.length || (list.length === 1 && list[0].kind === "meaning" && list[0].text === typed.trim());
    const fresh = JSON.stringify(list);
    if (fresh === this.fresh) return;
    this.fresh = fresh;
    const held = this.element.contains(document.activeElement);
    this.element.replaceChildren(...list.map((chip) => this.chip(chip)));
    if (!held) return;
    if (this.element.hidden) this.edit(""); // there is nothing more to take away
    else this.element.querySelector(".v-away").focus();
  }

  chip(chip) {
    const text = el("button", { type: "button", className: "v-part-text", onclick: () => this.edit(chip.written), title: words.chips.edit(chip.text) }, chip.text);
    const away = el("button", { type: "button", className: "v-away", onclick: () => this.change(chip.without) }, icon("close"));
    away.setAttribute("aria-label", words.chips.remove(chip.text));
    return el("span", { className: `v-chip v-${chip.kind}` }, text, away);
  }
}
