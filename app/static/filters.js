// The filters as a row of fields. Each writes into the words of the question, and reads from them.

import { firstDay, shifted } from "./dates.js";
import { el } from "./dom.js";
import { filterValue, hasFilter, withFilter } from "./query.js";
import * as words from "./words.js";

const TYPES = ["jpeg", "heif", "png", "webp", "avif", "raw", "tiff", "gif"];
const NARROW = 720; // pixels; chips tell of the filters there
const STARS = [1, 2, 3, 4, 5];
const ABOUT_CAPTION = (text) => /^-?has:caption$/.test(text);

const day = () => el("input", { type: "date" });
const text = (example) => el("input", { type: "text", placeholder: example, spellcheck: false, autocomplete: "off" });
const choice = (...options) => el("select", {}, ...options.map(([value, label]) => el("option", { value }, label)));

// Name → its field, its value in some words, and the words with another value.
function fields() {
  const plain = (name, element) => [element, (said) => filterValue(said, name), (said, value) => withFilter(said, name, value.trim())];
  const any = ["", words.filters.any];
  return {
    from: [day(), (said) => firstDay(filterValue(said, "after")), (said, value) => withFilter(said, "after", value)],
    to: [
      day(), // the last day that counts; `before` names the first that does not
      (said) => shifted(firstDay(filterValue(said, "before")), -1),
      (said, value) => withFilter(said, "before", value && shifted(value, 1)),
    ],
    type: plain("type", choice(any, ...TYPES.map((name) => [name, name]))),
    folder: plain("folder", text(words.filters.folderExample)),
    camera: plain("camera", text(words.filters.cameraExample)),
    caption: [
      choice(any, ["has", words.filters.withCaption], ["-has", words.filters.withoutCaption]),
      (said) => ["has", "-has"].find((one) => hasFilter(said, `${one}:caption`)) ?? "",
      (said, value) => [withFilter(said, "has", "", ABOUT_CAPTION), value && `${value}:caption`].filter(Boolean).join(" "),
    ],
    rating: [
      choice(any, ...STARS.map((least) => [`>=${least}`, words.filters.stars(least)])),
      (said) => filterValue(said, "rating"),
      (said, value) => withFilter(said, "rating", value),
    ],
  };
}

export class Filters {
  // `words()` says what is in the box; `change(words)` asks with others.
  constructor({ words: said, change }) {
    Object.assign(this, { said, change });
    this.fields = fields();
    this.button = el("button", { type: "button", className: "v-tool", onclick: () => this.toggle() }, words.filters.open);
    this.button.setAttribute("aria-expanded", "false");
    const rows = Object.entries(this.fields).map(([name, [element]]) => this.field(name, element));
    this.reset = el("button", { type: "button", className: "v-tool", hidden: true, onclick: () => this.clear() }, words.filters.clear);
    this.element = el("form", { className: "v-filters", hidden: true, onsubmit: (event) => event.preventDefault() }, ...rows, this.reset);
    this.element.setAttribute("aria-label", words.filters.label);
  }

  field(name, element) {
    const write = this.fields[name][2];
    element.addEventListener("change", () => this.change(write(this.said(), element.value)));
    return el("label", { className: `v-field v-${name}` }, el("span", {}, words.filters[name]), element);
  }

  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }

  clear() {
    this.change(Object.values(this.fields).reduce((said, [, , write]) => write(said, ""), this.said()));
  }

  // The fields as the words have them; a row that is in use is open, where there is room for it.
  show(said) {
    let used = 0;
    for (const [element, read] of Object.values(this.fields)) {
      const value = read(said);
      if (value && element.tagName === "SELECT" && ![...element.options].some((one) => one.value === value)) {
        element.append(el("option", { value }, value));
      }
      if (document.activeElement !== element || !value) element.value = value;
      used += value ? 1 : 0;
    }
    this.reset.hidden = !used;
    this.button.dataset.used = used || "";
    if (used && innerWidth > NARROW) this.toggle(true);
  }
}
