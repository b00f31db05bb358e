// Another encoder for the library: which there are, and what each takes before anybody agrees.

import { button, openDialog } from "./dialog.js";
import { bytes, duration, el } from "./dom.js";
import { fetchPart } from "./fetch_model.js";
import { change, cost, encoders, measure } from "./folder_api.js";
import { refused } from "./shell.js";
import { change as words, first } from "./words.js";

function terms(rows) {
  return el("dl", { className: "v-terms" }, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

const size = (one) => (one.download_bytes ? bytes(one.download_bytes) : words.unmeasured);

// What a change to `one` takes, as rows of name and value.
function price(one) {
  const left = Math.max(one.photos - one.done, 0);
  const time = one.seconds === null ? words.unmeasured : words.time(duration(Math.max(one.seconds, 1)), one.per_second);
  return [
    [words.download, one.here ? words.here : size(one)],
    ...(one.licence ? [[words.licence, one.licence]] : []),
    [words.photos, words.toDo(left, one.done)],
    [words.timeName, time],
    [words.disk, one.disk_bytes === null ? words.unmeasured : bytes(one.disk_bytes)],
    ...(one.adapter === "packaged" || one.adapter === "none" ? [] : [[words.adapter, one.adapter]]),
  ];
}

class Change {
  constructor(place, act) {
    this.act = act;
    this.names = el("div", { className: "v-models", role: "radiogroup" });
    this.names.setAttribute("aria-label", words.which);
    this.cost = el("div", { className: "v-cost" });
    this.cost.setAttribute("aria-live", "polite");
    this.trouble = el("div");
    this.field = el("input", { type: "text", placeholder: words.otherExample, spellcheck: false, autocomplete: "off" });
    this.field.setAttribute("aria-label", words.other);
    const other = el("form", { className: "v-inline", onsubmit: (event) => this.name(event) }, this.field, el("button", { type: "submit", className: "v-button v-plain" }, words.look));
    const more = el("details", {}, el("summary", {}, words.other), other);
    this.go = button(words.go, () => this.begin(), "");
    this.go.disabled = true;
    const body = [el("p", { className: "v-quiet" }, words.lead), this.names, more, this.cost, this.trouble];
    const { element, close } = openDialog(place, words.title, body, [this.go], true);
    element.classList.add("v-change");
    this.close = close;
    this.fill();
  }

  async try(question) {
    this.trouble.replaceChildren();
    try {
      return await question();
    } catch (error) {
      this.trouble.replaceChildren(refused(error));
      return null;
    }
  }

  async fill(chosen = "") {
    const all = (await this.try(encoders)) ?? [];
    this.names.replaceChildren(...all.map((one) => this.row(one)));
    const inputs = [...this.names.querySelectorAll("input:not(:disabled)")];
    for (const input of inputs) input.checked = input.value === chosen;
    (chosen ? this.go : inputs[0])?.focus();
  }

  row(one) {
    const input = el("input", { type: "radio", name: "v-model", value: one.model, disabled: one.in_use, onchange: () => this.choose(one.model) });
    const state = one.in_use ? words.inUse : one.here ? words.here : size(one);
    const about = first.abouts[one.model];
    return el("label", {}, input, el("span", {}, one.model, about ? el("small", {}, words.goodFor(about)) : null), el("em", {}, state));
  }

  // Asked anew: a download may have ended meanwhile.
  async choose(model) {
    const one = await this.try(() => cost(model));
    if (one && this.names.querySelector("input:checked")?.value === model) this.show(one);
  }

  async name(event) {
    event.preventDefault();
    const one = await this.try(() => cost(this.field.value.trim()));
    if (!one) return;
    for (const input of this.names.querySelectorAll("input")) input.checked = input.value === one.model;
    this.show(one);
  }

  show(one) {
    this.one = one;
    this.trouble.replaceChildren();
    this.go.disabled = !one.here || one.in_use;
    this.go.textContent = words.goTo(one.model);
    const parts = [el("h3", {}, one.model), one.note ? el("p", { className: "v-quiet" }, one.note) : null, terms(price(one))];
    if (!one.here) parts.push(fetchPart(one.model, () => this.arrived(one.model)));
    else if (!one.in_use) parts.push(button(words.measure, (event) => this.measure(event.currentTarget)), el("p", { className: "v-quiet" }, words.meanwhile));
    this.cost.replaceChildren(...parts.filter(Boolean));
  }

  async arrived(model) {
    const one = await this.try(() => cost(model));
    if (!one || this.one.model !== model) return;
    this.show(one);
    this.fill(model);
  }

  async measure(at) {
    at.disabled = true;
    at.textContent = words.measuring;
    const one = await this.try(() => measure(this.one.model));
    if (one && one.model === this.one.model) this.show(one);
    at.disabled = false;
    at.textContent = words.measure;
  }

  begin() {
    this.close();
    this.act(() => change(this.one.model));
  }
}

export function changeEncoder(place, act) {
  return new Change(place, act);
}
