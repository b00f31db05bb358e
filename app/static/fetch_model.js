// A model that is not on this machine: what it costs, once somebody wants to know; then the fetch.

import { ask, json } from "./api.js";
import { button } from "./dialog.js";
import { bytes, duration, el } from "./dom.js";
import { refused } from "./shell.js";
import { fetching as words } from "./words.js";

const LOOK_MS = 700;
const asked = (method, what) => ask("/api/fetch", what ? json(method, what) : { method });

// `model`: its name; `then` is called when it is here.
export function fetchPart(model, then) {
  const element = el("div", { className: "v-fetch" });
  element.setAttribute("aria-live", "polite");
  const fill = el("div", { className: "v-fill" });
  const track = el("div", { className: "v-track", role: "progressbar" }, fill);
  track.setAttribute("aria-label", words.label);
  const title = el("p", {});
  const halt = button(words.stop, () => asked("DELETE").catch(() => {}));
  let timer = 0;
  let shown = false;

  function offer(note = words.unasked, trouble = null) {
    shown = false;
    const look = button(words.look, () => quote(look), "");
    element.replaceChildren(...(trouble ? [refused(trouble)] : []), el("p", { className: "v-quiet" }, note), look);
  }

  async function quote(look) {
    look.disabled = true;
    look.textContent = words.looking;
    try {
      agree(await ask("/api/fetch/cost", json("POST", { model })));
    } catch (error) {
      offer(words.unasked, error);
    }
  }

  // What is agreed to, before the first byte of it.
  function agree(cost) {
    const go = button(words.go(bytes(cost.missing_bytes)), () => begin(cost), "");
    const said = el("p", {}, words.cost(bytes(cost.missing_bytes), cost.hub_id, cost.licence));
    if (!cost.restricted) {
      element.replaceChildren(said, go);
      go.focus();
      return;
    }
    const box = el("input", { type: "checkbox", onchange: () => (go.disabled = !box.checked) });
    go.disabled = true;
    element.replaceChildren(said, el("label", { className: "v-agree" }, box, el("span", {}, words.terms(cost.licence))), go);
    box.focus();
  }

  async function begin(cost) {
    try {
      show((await asked("POST", { model, licence: cost.licence })).download);
    } catch (error) {
      offer(words.unasked, error);
    }
  }

  async function follow() {
    clearTimeout(timer);
    try {
      show((await asked("GET")).download);
    } catch {
      timer = setTimeout(follow, LOOK_MS); // the program may be busy; it says so at the top
    }
  }

  function show(told) {
    if (!told.running) return ended(told);
    if (!shown) element.replaceChildren(title, track, halt);
    shown = true;
    const share = told.total ? told.done / told.total : 0;
    const left = told.rate > 0 ? duration((told.total - told.done) / told.rate) : "";
    title.textContent = words.at(told, bytes(told.done), bytes(told.total), left);
    fill.style.width = `${100 * share}%`;
    track.setAttribute("aria-valuenow", Math.round(100 * share));
    if (element.isConnected) timer = setTimeout(follow, LOOK_MS);
  }

  function ended(told) {
    if (told.model !== model) offer();
    else if (told.state === "failed") offer(words.kept, told);
    else if (told.state === "stopped") offer(words.stopped);
    else then();
  }

  offer();
  // One that was begun before this part was drawn is shown as it goes on.
  asked("GET").then(({ download }) => download.running && show(download), () => {});
  return element;
}
