// The one box: its words, the picture inside it, the button that chooses one, the star.

import { thumb } from "./api.js";
import { el, icon } from "./dom.js";
import { choose } from "./picture.js";
import * as words from "./words.js";

const TYPING_MS = 90;
const field = () => document.querySelector("#v-query input, #v-query textarea");

export class Box {
  // `act`: {typed(words), asked(words), picture(file), letGo()}.
  constructor(act) {
    this.act = act;
    this.text = "";
    this.source = el("span", { className: "v-source", hidden: true });
    document.addEventListener("input", (event) => event.target === field() && this.hear());
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  get words() {
    return (field()?.value ?? this.text).trim();
  }

  hear() {
    this.text = field().value;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.act.typed(this.words), TYPING_MS);
  }

  pressed(event) {
    if (event.target === field() && event.key === "Enter") {
      clearTimeout(this.typing);
      this.act.asked(this.words);
    } else if (event.key === "/" && document.activeElement === document.body) {
      event.preventDefault();
      field()?.focus();
    }
  }

  put(text) {
    clearTimeout(this.typing);
    this.text = text;
    const input = field();
    if (!input || input.value.trim() === text.trim()) return;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true })); // the shell keeps a copy
    clearTimeout(this.typing);
  }

  // Selects a part of the words, to be typed over; of none of them, goes behind all.
  select(part) {
    const input = field();
    if (!input) return;
    const end = input.value.length;
    const at = part ? input.value.indexOf(part) : end;
    input.focus();
    input.setSelectionRange(Math.max(0, at), at < 0 ? end : at + part.length);
  }

  show(query) {
    if (this.picture !== query.picture) {
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = query.picture ? URL.createObjectURL(query.picture) : "";
    }
    this.picture = query.picture;
    const shown = this.url || (query.like ? thumb(query.like) : "");
    if (shown !== this.shown) this.source.replaceChildren(...(shown ? this.chip(shown) : []));
    this.shown = shown;
    this.source.hidden = !shown;
    const input = field();
    if (input) input.placeholder = shown ? words.box.like : words.box.ask;
  }

  chip(shown) {
    const drop = el("button", { type: "button", className: "v-icon", onclick: () => this.act.letGo() }, icon("close"));
    drop.setAttribute("aria-label", words.box.letGo);
    return [el("img", { src: shown, alt: words.box.source }), drop];
  }

  // The part of the page that stands inside the box.
  start(element, star) {
    const button = el("button", { type: "button", className: "v-icon v-choose", title: words.box.choose, onclick: () => choose((file) => this.act.picture(file)) }, icon("image"));
    button.setAttribute("aria-label", words.box.chooseShort);
    element.replaceChildren(this.source, star, button);
    if (matchMedia("(hover: hover)").matches) field()?.focus();
    this.put(this.text);
  }
}
