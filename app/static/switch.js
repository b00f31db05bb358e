// The demo's switch: the same words, answered by two towers, by the model that reads sentences, or by both.

import { el } from "./dom.js";
import { refused } from "./shell.js";
import { switcher } from "./words.js";

export const BOTH = "both";

export class Switch {
  // `changed` is called with the encoder that shall answer: its name, "" for the one in use, or BOTH.
  constructor(changed) {
    this.value = "";
    this.names = "";
    this.changed = changed;
    this.buttons = el("div", { className: "v-switch" });
    this.buttons.setAttribute("role", "group");
    this.buttons.setAttribute("aria-label", switcher.label);
    this.why = el("div", { hidden: true });
    this.element = el("div", { className: "v-switches", hidden: true }, this.buttons, this.why);
  }

  // There is a choice for words alone, and only in the demo.
  show(state, query) {
    const words = query.words && !query.like && !query.picture;
    this.value = words ? query.by : this.value;
    if (state?.baseline === null) this.value = ""; // an address from a demo asks for it once
    this.element.hidden = !state?.switch || !words;
    if (this.element.hidden) return;
    const { name, message, hint } = state.switch;
    const names = [name, state.encoder, message].join("\n");
    if (this.names !== names) {
      this.why.hidden = true;
      this.why.replaceChildren(...(message ? [refused({ message, hint })] : []));
      this.buttons.replaceChildren(...(message ? [this.missing(name, state.encoder)] : [this.button(name, name), this.button(state.encoder, ""), this.button(switcher.both, BOTH)]));
    }
    this.names = names;
    if (!message) for (const button of this.buttons.children) button.setAttribute("aria-pressed", String(button.value === this.value));
  }

  button(name, value) {
    return el("button", { type: "button", value, onclick: () => this.changed(value) }, name);
  }

  // One encoder is not here: the button says why.
  missing(one, other) {
    const button = el("button", { type: "button" }, switcher.pair(one, other));
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      this.why.hidden = !this.why.hidden;
      button.setAttribute("aria-expanded", String(!this.why.hidden));
    });
    return button;
  }
}
