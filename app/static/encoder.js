// The encoder in use, and a change of it that was begun and not ended.

import { button } from "./dialog.js";
import { bytes, el } from "./dom.js";
import { changeEncoder } from "./encoder_change.js";
import { change } from "./folder_api.js";
import { number, encoder as words } from "./words.js";

function figure(name, value, more) {
  return el("div", { className: "v-figure" }, el("span", {}, name), el("strong", {}, value), more ? el("em", {}, more) : null);
}

export function encoderCard(act) {
  const figures = el("div", { className: "v-figures" });
  const other = button(words.change, () => changeEncoder(element, act));
  const left = el("p", { className: "v-left", hidden: true });
  const element = el("section", { className: "v-encoder" }, figures, left, el("div", { className: "v-controls" }, other));
  function show(state) {
    const used = state.dim ? words.used(words.adapter(state.adapter), state.dim) : words.unused;
    figures.replaceChildren(
      figure(words.photos, number(state.photos), words.size(bytes(state.index_bytes))),
      figure(words.name, state.encoder, used),
      figure(words.place, state.library),
    );
    other.hidden = !state.model || !state.roots.length;
    left.hidden = !state.unfinished;
    const on = () => act(() => change(state.unfinished));
    if (state.unfinished) left.replaceChildren(el("span", {}, words.left(state.unfinished, state.encoder)), button(words.goOn, on));
  }
  return { element, show };
}
