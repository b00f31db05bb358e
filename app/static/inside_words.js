// What the model would say next at its summary token, and what it says of a picture, before tuning and after.

import { el } from "./dom.js";
import { inside as words } from "./words.js";

const column = (look, ...rest) => el("div", { className: `v-column v-${look.name}` }, el("h3", {}, words.looks[look.name]), ...rest);

const card = (title, lead, ...rest) => el("section", { className: "v-card" }, el("h2", {}, title), el("p", { className: "v-quiet" }, lead), ...rest);

// A token as it can be read: a space is an open box, what has no shape is spelled out.
export function readable(token) {
  const spelled = token.replace(/[\p{C}\u2028\u2029]/gu, (one) => `\\u${one.codePointAt(0).toString(16).padStart(4, "0")}`);
  return spelled.replaceAll(" ", "␣") || words.emptyToken;
}

function bar(token, most) {
  const fill = el("span", { className: "v-fill" });
  fill.style.width = `${(100 * token.p) / most}%`;
  return el("li", {}, el("code", {}, readable(token.token)), el("span", { className: "v-track", "aria-hidden": "true" }, fill), el("span", { className: "v-number" }, words.share(token.p)));
}

export function next(looks, answer) {
  if (looks[0].entropy_nats === null) return card(words.next, words.noNext);
  const most = Math.max(...looks.map((look) => look.top_tokens[0]?.p ?? 0), 1e-9);
  const columns = looks.map((look) => column(look, el("p", { className: "v-entropy" }, words.entropy(look, answer)), el("ol", { className: "v-tokens" }, ...look.top_tokens.map((token) => bar(token, most)))));
  return card(words.next, words.nextLead, el("div", { className: "v-columns" }, ...columns));
}

export function captions(looks) {
  if (!looks[0].captions) return card(words.captions, words.noCaptions);
  const said = (look) => Object.entries(look.captions).flatMap(([style, text]) => [el("dt", {}, words.styles[style]), el("dd", {}, text || words.silent)]);
  const columns = looks.map((look) => (look.captions ? column(look, el("dl", { className: "v-captions" }, ...said(look))) : null));
  return card(words.captions, words.captionsLead, el("div", { className: "v-columns" }, ...columns.filter(Boolean)));
}
