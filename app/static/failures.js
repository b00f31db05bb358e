// The files that are not indexed, by reason: what would change it, and another try.

import { button } from "./dialog.js";
import { el } from "./dom.js";
import { retry } from "./folder_api.js";
import { failures as words } from "./words.js";

const SHOWN = 100; // of each reason

function byReason(list) {
  const groups = new Map();
  for (const bad of list) groups.set(bad.reason, [...(groups.get(bad.reason) ?? []), bad]);
  return [...groups.values()].sort((one, other) => other.length - one.length);
}

function group(bad, act) {
  const { reason, hint } = bad[0];
  const again = button(words.retry(bad.length), () => act(() => retry(reason)));
  const rows = bad.slice(0, SHOWN).map((one) => el("li", {}, el("code", {}, one.path)));
  if (bad.length > SHOWN) rows.push(el("li", { className: "v-quiet" }, words.more(bad.length - SHOWN)));
  return el(
    "section",
    { className: "v-reason" },
    el("h3", {}, words.reason(reason, bad.length)),
    hint ? el("p", { className: "v-quiet" }, words.hint(hint)) : null,
    el("ul", { className: "v-rows" }, ...rows),
    again,
  );
}

export function failuresCard(act) {
  const title = el("summary");
  const body = el("div");
  const element = el("details", { className: "v-card v-failures", hidden: true }, title, el("p", { className: "v-quiet" }, words.lead), body);
  function show(list) {
    element.hidden = !list.length;
    title.textContent = words.title(list.length);
    body.replaceChildren(...byReason(list).map((bad) => group(bad, act)));
  }
  return { element, show };
}
