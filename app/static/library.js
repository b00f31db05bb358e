// The library page: what is indexed, by which encoder, what was left out and why.

import { index } from "./api.js";
import { el } from "./dom.js";
import { encoderCard } from "./encoder.js";
import { failuresCard } from "./failures.js";
import { folderForm } from "./folder_form.js";
import { progressCard } from "./progress.js";
import { rootsCard } from "./roots.js";
import { onState, refresh, refused } from "./shell.js";
import { library as words } from "./words.js";

// Shows a part only when what it shows is news: what somebody reads or points at stays.
function whenNew(part, pick) {
  let seen;
  return (state) => {
    const facts = pick(state);
    const news = JSON.stringify(facts);
    if (news !== seen) part.show(facts);
    seen = news;
  };
}

const ENCODER = ["photos", "index_bytes", "encoder", "adapter", "dim", "library", "model", "roots", "unfinished"];
const some = (state, names) => Object.fromEntries(names.map((name) => [name, state[name]]));

export function start(element) {
  const trouble = el("div");
  async function act(wish) {
    trouble.replaceChildren();
    try {
      await wish();
    } catch (error) {
      trouble.replaceChildren(refused(error));
    }
    refresh();
  }
  const form = folderForm(words.add, (folder) => act(() => index({ folder })).then(() => trouble.hasChildNodes() || (form.field.value = "")), true);
  const progress = progressCard();
  const encoder = encoderCard(act);
  const roots = rootsCard(act, () => act(() => index({})));
  const failures = failuresCard(act);
  element.replaceChildren(form.element, trouble, progress.element, encoder.element, roots.element, failures.element);
  const shows = [
    whenNew(encoder, (state) => some(state, ENCODER)),
    whenNew(roots, (state) => state.roots),
    whenNew(failures, (state) => state.failures),
  ];
  onState((state) => {
    if (state.away || state.photos === undefined) return;
    progress.show(state.run, state.encoder);
    for (const show of shows) show(state);
  });
}
