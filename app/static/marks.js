// Two quiet buttons under a photo: it fits the words that were asked, or it does not. Kept in the
// library, where training finds it; the same button once more takes it back.

import { mark, marked } from "./api.js";
import { el, icon } from "./dom.js";
import { refused } from "./shell.js";
import * as words from "./words.js";

const SAID = { right: "check", wrong: "cross" };

export class Marks {
  constructor(hit, query) {
    this.hit = hit;
    this.query = query;
    this.mark = null;
    this.buttons = Object.entries(SAID).map(([said, sign]) => this.button(said, sign));
    this.note = el("div", { className: "v-mark-note", role: "status" });
    this.element = el(
      "div",
      { className: "v-marks", role: "group" },
      el("h3", {}, words.marks.ask(query)),
      el("div", { className: "v-mark-buttons" }, ...this.buttons),
      this.note,
    );
    this.element.setAttribute("aria-label", words.marks.ask(query));
    this.ready = marked(hit.id, query).then((answer) => this.show(answer.mark), (error) => this.failed(error));
  }

  button(said, sign) {
    const button = el("button", { className: `v-mark-button v-say-${said}`, type: "button", title: words.marks.why, onclick: () => this.say(said) }, icon(sign), words.marks[said]);
    button.setAttribute("aria-pressed", "false");
    button.dataset.said = said;
    return button;
  }

  // Once more takes back. One at a time, in the order of the keys that were pressed.
  say(said) {
    this.ready = this.ready.then(async () => {
      const wanted = this.mark === said ? null : said;
      try {
        await mark(this.hit.id, this.query, wanted);
        this.show(wanted);
        this.note.replaceChildren(wanted ? words.marks.kept : words.marks.takenBack);
      } catch (error) {
        this.failed(error);
      }
    });
    return this.ready;
  }

  show(said) {
    this.mark = said;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.said === said));
  }

  failed(error) {
    this.note.replaceChildren(refused(error));
  }
}
