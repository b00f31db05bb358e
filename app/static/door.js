// The way out, where the page has a password; and back to the way in, once nobody knows us any more.

import { ask } from "./api.js";
import { el } from "./dom.js";
import * as words from "./words.js";

async function leave(button) {
  button.disabled = true;
  await fetch("/session", { method: "DELETE" }).catch(() => {});
  location.assign("/session");
}

// The button that logs out; null where the page has no password.
export async function wayOut() {
  const { password } = await ask("/api/login");
  if (!password) return null;
  const button = el("button", { className: "v-button v-plain v-out", type: "button", title: words.door.outWhy, onclick: () => leave(button) }, words.door.out);
  return button;
}
