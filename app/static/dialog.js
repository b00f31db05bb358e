// A question in the middle of the page: a title, something to read or choose, and what to do.
// Escape and "Cancel" close it, and the focus goes back to where it was.

import { el } from "./dom.js";
import { dialog as words } from "./words.js";

let made = 0;

export function button(label, act, kind = "v-plain") {
  return el("button", { type: "button", className: `v-button ${kind}`.trim(), onclick: act }, label);
}

// `place`: a part of the page, for its look. Gives the dialog and how to close it.
export function openDialog(place, title, body, actions, wide = false) {
  const id = `v-dialog-${(made += 1)}`;
  const before = document.activeElement;
  const close = () => element.close();
  const foot = el("footer", {}, button(words.cancel, close), ...actions);
  const element = el("dialog", { className: wide ? "v-dialog v-wide" : "v-dialog" }, el("h2", { id }, title), ...body, foot);
  element.setAttribute("aria-labelledby", id);
  element.addEventListener("click", (event) => event.target === element && close());
  element.addEventListener("close", () => {
    element.remove();
    before?.focus?.();
  });
  place.append(element);
  element.showModal();
  return { element, close };
}
