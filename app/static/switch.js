// The demo's switch: the same words, answered by two towers or by the model that reads sentences.

import { el } from "./dom.js";
import { switcher } from "./words.js";

export class Switch {
  // `changed` is called with the encoder that shall answer: its name, or "" for the one in use.
  constructor(changed) {
    this.value = "";
    this.names = "";
    this.changed = changed;
    this.element = el("div", { className: "v-switch", hidden: true });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", switcher.label);
  }

  // There is a choice for words alone, and only where the library holds a second encoder.
  show(state, query) {
    const words = query.words && !query.like && !query.picture;
    this.value = words ? query.by : this.value;
    if (state?.baseline === null) this.value = ""; // an address from a demo asks for it once
    this.element.hidden = !state?.baseline || !words;
    const names = [state?.baseline, state?.encoder].join("\n");
    if (this.element.hidden) return;
    if (this.names !== names) this.element.replaceChildren(this.button(state.baseline, state.baseline), this.button(state.encoder, ""));
    this.names = names;
    for (const button of this.element.children) button.setAttribute("aria-pressed", String(button.value === this.value));
  }

  button(name, value) {
    return el("button", { type: "button", value, onclick: () => this.changed(value) }, name);
  }
}
