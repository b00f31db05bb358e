// A folder of the machine that the program runs on, chosen in a dialog: the browser's own picker
// shows no paths. Arrow keys walk, Enter opens, Backspace goes up.

import { button, openDialog } from "./dialog.js";
import { el, icon } from "./dom.js";
import { folders, pictures } from "./folder_api.js";
import { refused } from "./shell.js";
import { picker as words } from "./words.js";

const COUNT_AFTER_MS = 250;

class Picker {
  constructor(place, chosen, doing) {
    this.chosen = chosen;
    this.field = el("input", { type: "text", className: "v-path", spellcheck: false, autocomplete: "off" });
    this.field.setAttribute("aria-label", words.path);
    this.up = el("button", { type: "button", className: "v-icon", title: words.up, onclick: () => this.climb() }, icon("left"));
    this.up.setAttribute("aria-label", words.up);
    this.places = el("div", { className: "v-places" });
    this.list = el("ul", { className: "v-folders" });
    this.list.setAttribute("aria-label", words.folders);
    this.trouble = el("div");
    this.machine = el("p", { className: "v-notice v-machine", hidden: true });
    this.count = el("p", { className: "v-quiet v-tally", role: "status" });
    this.choose = button(doing, () => this.take(), "");
    const way = el("form", { className: "v-way", onsubmit: (event) => this.typed(event) }, this.up, this.field);
    const body = [this.machine, this.places, way, this.trouble, this.list, this.count];
    const { element, close } = openDialog(place, words.title, body, [this.choose], true);
    this.close = close;
    element.classList.add("v-picker");
    element.addEventListener("close", () => {
      this.stop();
      if (this.taken) this.chosen(this.here.path); // now that the focus is back, it may go on
    });
    element.addEventListener("keydown", (event) => event.target !== this.field && this.walk(event));
    this.go("");
  }

  stop() {
    clearTimeout(this.timer);
    this.reading?.abort();
    this.counting?.abort();
  }

  // Whether what is shown now is what was asked for.
  async go(path, from = "") {
    this.stop();
    const mine = (this.reading = new AbortController());
    this.choose.disabled = true;
    this.list.setAttribute("aria-busy", "true");
    try {
      this.show(await folders(path, mine.signal), from);
      return true;
    } catch (error) {
      if (error.name === "AbortError") return false;
      this.trouble.replaceChildren(refused(error));
      this.count.textContent = "";
      this.choose.disabled = !this.here || Boolean(this.here.refusal);
      if (this.here) this.field.value = this.here.path;
      return false;
    } finally {
      if (mine === this.reading) this.list.removeAttribute("aria-busy");
    }
  }

  show(here, from) {
    this.here = here;
    this.trouble.replaceChildren();
    this.field.value = here.path;
    this.up.disabled = here.parent === null;
    this.machine.hidden = !here.machine;
    this.machine.textContent = here.machine ? words.machine(here.machine) : "";
    this.places.replaceChildren(...here.places.map((one) => this.begin(one)));
    const rows = here.folders.map((one) => el("li", {}, this.row(one)));
    if (here.more) rows.push(el("li", { className: "v-quiet" }, words.more(here.more)));
    if (!rows.length) rows.push(el("li", { className: "v-quiet" }, words.none));
    this.list.replaceChildren(...rows);
    this.list.scrollTop = 0;
    this.judge();
    const next = this.buttons()[Math.max(0, here.folders.findIndex((one) => one.path === from))];
    (next ?? (this.up.disabled ? this.field : this.up)).focus(); // Enter opened; it shall not add
  }

  begin(one) {
    const made = button(one.name || words.kinds[one.kind], () => this.go(one.path));
    made.title = one.path;
    if (one.path === this.here.path) made.setAttribute("aria-current", "true");
    return made;
  }

  row(one) {
    return el("button", { type: "button", title: one.path, onclick: () => this.go(one.path) }, icon("folder"), el("span", {}, one.name));
  }

  // Whether this folder can be taken, and how many pictures are in it.
  judge() {
    this.choose.disabled = Boolean(this.here.refusal);
    if (this.here.refusal) this.count.textContent = this.here.refusal;
    else {
      this.count.textContent = words.counting;
      this.timer = setTimeout(() => this.tally(this.here), COUNT_AFTER_MS);
    }
  }

  async tally(here) {
    this.counting = new AbortController();
    const held = here.held_by ? ` ${words.held(here.held_by)}` : "";
    try {
      const found = await pictures(here.path, this.counting.signal);
      if (here === this.here) this.count.textContent = words.count(found) + held;
    } catch (error) {
      if (error.name !== "AbortError") this.count.textContent = error.message;
    }
  }

  buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  climb() {
    if (this.here?.parent) this.go(this.here.parent, this.here.path);
  }

  typed(event) {
    event.preventDefault();
    this.go(this.field.value.trim());
  }

  walk(event) {
    const all = this.buttons();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Backspace") this.climb();
    else if (to === undefined) return;
    else all[Math.min(Math.max(to, 0), all.length - 1)]?.focus();
    event.preventDefault();
  }

  // A path that was typed and not gone to yet is meant, not the folder that was shown before.
  async take() {
    const typed = this.field.value.trim();
    if (typed !== this.here.path && !(await this.go(typed))) return;
    if (this.here.refusal) return;
    this.taken = true;
    this.close();
  }
}

// `doing`: what the button says that takes the folder.
export function pickFolder(place, chosen, doing) {
  return new Picker(place, chosen, doing);
}
