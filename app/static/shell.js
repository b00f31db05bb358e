// What every page has: the word on the state of the library at the top, and the loud notice.

import { pulse, status } from "./api.js";
import { wayOut } from "./door.js";
import { el } from "./dom.js";
import { state as said } from "./words.js";

const BUSY_MS = 700;
const IDLE_MS = 5000;
const FULL_EVERY = 5; // while something runs, every so many looks count the whole library
const listeners = new Set();
let timer = 0;
let looks = 0;
let last = null;

// Calls `listener` with every new state of the program, and at once with the last known one.
export function onState(listener) {
  listeners.add(listener);
  if (last) listener(last);
}

const isBusy = (state) => state.run?.running || state.state === "loading" || state.state === "waiting";

// Looks at the whole library, then keeps looking at what changes by itself.
export async function refresh() {
  await look(status);
}

async function look(question) {
  clearTimeout(timer);
  const before = last;
  try {
    last = { ...last, away: null, ...(await question()) };
  } catch (error) {
    last = { ...last, away: error };
  }
  for (const listener of listeners) listener(last);
  if (document.hidden) return;
  looks += 1;
  const news = before?.run?.changes !== last.run?.changes && !isBusy(last);
  const changed = before && (before.state !== last.state || before.run?.stage !== last.run?.stage || before.away || news);
  const full = question !== status && (changed || (isBusy(last) && looks % FULL_EVERY === 0));
  timer = setTimeout(() => look(full ? status : pulse), full && changed ? 0 : isBusy(last) ? BUSY_MS : IDLE_MS);
}

function words(state) {
  if (state.away || !state.run) return ["away", said.away];
  if (state.run.running && state.run.paused) return ["idle", said.paused];
  if (state.run.running) return ["busy", said.indexing];
  if (state.error) return ["away", state.error.message];
  if (state.state === "loading") return ["busy", said.loading(state.encoder)];
  if (!state.photos) return ["idle", said.empty];
  return ["ready", said.ready(state.photos, state.encoder)];
}

function notice(text) {
  const [first, ...rest] = text.split("\n");
  return el(
    "div",
    { className: "v-notice", role: "note" },
    el("strong", {}, first),
    el("pre", {}, rest.join("\n")),
  );
}

export function start(element) {
  const pill = el("div", { className: "v-pill", role: "status" });
  const banner = el("div");
  element.replaceChildren(pill, banner);
  let told = null;
  onState((state) => {
    const [kind, text] = words(state);
    pill.dataset.kind = kind;
    if (pill.textContent !== text) pill.textContent = text;
    pill.title = text;
    if (told !== state.notice) banner.replaceChildren(...(state.notice ? [notice(state.notice)] : []));
    told = state.notice;
  });
  for (const kind of ["dragover", "drop"]) addEventListener(kind, keepPage);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  refresh();
  wayOut().then((button) => button && banner.before(button), () => {});
}

// A file that is dropped where nothing takes it would be opened in the place of the page.
function keepPage(event) {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}

// The one place where a refusal is shown.
export function refused(error) {
  return el(
    "div",
    { className: "v-refused", role: "alert" },
    el("strong", {}, error.message),
    error.hint ? el("div", {}, error.hint) : null,
  );
}
