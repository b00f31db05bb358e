// A model that is not on this machine: what it costs, once somebody wants to know; then the fetch.

import { ask, json } from "./api.js";
import { button } from "./dialog.js";
import { bytes, duration, el } from "./dom.js";
import { refused } from "./shell.js";
import { fetching as words } from "./words.js";

const LOOK_MS = 700;
const COMMIT = 12; // figures of it that are shown
const asked = (method, what) => ask("/api/fetch", what ? json(method, what) : { method });

class FetchPart {
  constructor(model, then) {
    this.model = model;
    this.then = then;
    this.element = el("div", { className: "v-fetch" });
    this.fill = el("div", { className: "v-fill" });
    this.track = el("div", { className: "v-track", role: "progressbar" }, this.fill);
    this.track.setAttribute("aria-label", words.label);
    this.title = el("p", { ariaLive: "off" }); // it changes every moment
    this.halt = button(words.stop, () => this.stop());
    this.shown = false;
    this.busy = false; // a disabled button would lose the focus
    this.offer();
    // One that was begun before this part was drawn is shown as it goes on.
    asked("GET").then(({ download }) => download.running && this.show(download), () => {});
  }

  // The new content, with the focus on `first` where it was on something that goes.
  put(first, ...parts) {
    const had = this.element.contains(document.activeElement);
    this.element.replaceChildren(...parts);
    if (had) first.focus();
  }

  offer(note = words.unasked, trouble = null) {
    this.shown = this.busy = false;
    const look = button(words.look, () => this.quote(look), "");
    this.put(look, ...(trouble ? [refused(trouble)] : []), el("p", { className: "v-quiet" }, note), look);
  }

  async quote(look) {
    if (this.busy) return;
    this.busy = true;
    look.textContent = words.looking;
    try {
      this.agree(await ask("/api/fetch/cost", json("POST", { model: this.model })));
    } catch (error) {
      this.offer(words.unasked, error);
    }
  }

  // What is agreed to, before the first byte of it. Read first: the focus is on the words.
  agree(cost) {
    const go = button(words.go(bytes(cost.missing_bytes)), () => this.begin(cost), "");
    const page = el("a", { href: cost.url, target: "_blank", rel: "noreferrer" }, cost.hub_id);
    const size = words.cost(bytes(cost.missing_bytes), cost.revision.slice(0, COMMIT));
    const said = el("p", { tabIndex: -1 }, size, page, words.licence(cost.licence));
    const box = el("input", { type: "checkbox", onchange: () => (go.disabled = !box.checked) });
    const terms = el("label", { className: "v-agree" }, box, el("span", {}, words.terms(cost.licence)));
    go.disabled = cost.restricted;
    this.busy = false;
    this.put(said, ...[said, cost.restricted ? terms : null, go].filter(Boolean));
  }

  async begin(cost) {
    if (this.busy) return;
    this.busy = true;
    try {
      const { download } = await asked("POST", { model: this.model, licence: cost.licence, revision: cost.revision });
      this.show(download);
    } catch (error) {
      this.offer(words.unasked, error);
    }
  }

  async stop() {
    this.halt.textContent = words.stopping;
    await asked("DELETE").catch(() => {});
  }

  show(told) {
    if (!told.running) return this.ended(told);
    if (!this.shown) {
      this.halt.textContent = words.stop;
      this.put(this.halt, this.title, this.track, this.halt);
    }
    this.shown = true;
    this.busy = false;
    const share = told.total ? told.done / told.total : 0;
    const left = told.rate > 0 ? duration((told.total - told.done) / told.rate) : "";
    this.title.textContent = words.at(told, bytes(told.done), bytes(told.total), left);
    this.fill.style.width = `${100 * share}%`;
    this.track.setAttribute("aria-valuenow", Math.round(100 * share));
    setTimeout(() => this.follow(told), LOOK_MS);
  }

  // As it goes on, while anybody sees it; where the program does not answer, as it was.
  async follow(before) {
    if (!this.element.isConnected) return;
    const told = await asked("GET").catch(() => ({ download: before }));
    this.show(told.download);
  }

  ended(told) {
    if (told.model !== this.model) this.offer();
    else if (told.state === "failed") this.offer(words.kept, told);
    else if (told.state === "stopped") this.offer(words.stopped);
    else this.then();
  }
}

// `model`: its name; `then` is called when it is here.
export function fetchPart(model, then) {
  return new FetchPart(model, then).element;
}
