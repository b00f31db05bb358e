// The folders of the library: what is in them, whether they are there, and letting one go.

import { long } from "./dates.js";
import { button, openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { forgetFolder } from "./folder_api.js";
import { roots as words } from "./words.js";

function confirm(place, root, act) {
  const gone = () => {
    asked.close();
    act(() => forgetFolder(root.path));
  };
  const body = [
    el("p", {}, el("code", {}, root.path)),
    el("p", {}, words.dropped(root.photos)),
    el("p", { className: "v-quiet" }, root.state === "offline" ? words.untouchedAway : words.untouched),
  ];
  const asked = openDialog(place, words.forgetTitle, body, [button(words.forgetNow, gone, "v-danger")]);
}

function offline(root) {
  return [
    el("p", { className: "v-since" }, root.since ? words.awaySince(long(root.since)) : words.away),
    el("p", { className: "v-quiet" }, words.kept(root.photos)),
    el("p", { className: "v-quiet" }, words.back),
  ];
}

function row(place, root, act) {
  const forget = button(words.forget, () => confirm(place, root, act));
  forget.setAttribute("aria-label", words.forgetOne(root.path));
  const facts = words.facts(root.photos, words.states[root.state] ?? root.state);
  const about = el("div", {}, el("code", {}, root.path), el("span", { className: "v-quiet" }, facts), ...(root.state === "offline" ? offline(root) : []));
  return el("li", { className: `v-root v-${root.state}` }, about, forget);
}

// `act` does what it is given, shows a refusal, and looks again. `look`: looks for changes.
export function rootsCard(act, look) {
  const element = el("section", { className: "v-card" });
  function show(list) {
    const body = list.length ? el("ul", { className: "v-rows v-roots" }, ...list.map((root) => row(element, root, act))) : el("p", { className: "v-quiet" }, words.none);
    element.querySelectorAll(":scope > :not(dialog)").forEach((old) => old.remove());
    element.prepend(el("h2", {}, words.title), body, ...(list.length ? [button(words.look, look)] : []));
  }
  return { element, show };
}
