// The page that looks into the model: a picture or a text in, and what the model makes of it.

import { inside as ask, insideFacts, photo, thumb } from "./api.js";
import { el, icon } from "./dom.js";
import { Maps } from "./inside_maps.js";
import { captions, next } from "./inside_words.js";
import { choose, listen } from "./picture.js";
import { refused } from "./shell.js";
import { inside as words } from "./words.js";

const page = {};
let running = new AbortController();
let asked = { text: "", photo: "", picture: null };

// ---- asking

function look(what, remember = true) {
  asked = { text: "", photo: "", picture: null, ...what };
  if (remember) history.pushState({ picture: asked.picture }, "", address());
  drawChoice();
  return run();
}

function address() {
  const given = new URLSearchParams();
  if (asked.text) given.set("text", asked.text);
  if (asked.photo) given.set("photo", asked.photo);
  return location.pathname + (given.size ? `?${given}` : ""); // in full: the shell sets a base
}

function fromAddress(picture) {
  const given = new URLSearchParams(location.search);
  look({ text: given.get("text") ?? "", photo: given.get("photo") ?? "", picture }, false);
}

async function run() {
  running.abort();
  if (!asked.text && !asked.photo && !asked.picture) return page.result.replaceChildren();
  running = new AbortController();
  const { signal } = running;
  page.result.setAttribute("aria-busy", "true");
  page.said.textContent = words.looking;
  try {
    const answer = await ask(asked, signal);
    const [found, maps] = cards(answer);
    page.result.replaceChildren(...found);
    maps?.paint();
    page.said.textContent = words.looked;
  } catch (error) {
    if (signal.aborted) return undefined;
    page.result.replaceChildren(refused(error));
    page.said.textContent = "";
  }
  page.result.removeAttribute("aria-busy");
  return undefined;
}

// ---- what came of it

function cards(answer) {
  const looks = ["before", "after"].map((name) => ({ name, ...answer[name] })).filter((one) => answer[one.name]);
  const maps = looks[0].attention ? new Maps(looks, answer.picture) : null;
  const found = [
    el("p", { className: "v-asked-of" }, words.asked(answer), el("q", {}, answer.prompt)),
    answer.after ? null : el("p", { className: "v-quiet v-alone" }, words.untuned),
    maps?.element,
    next(looks, answer),
    answer.kind === "image" ? captions(looks) : null,
  ];
  return [found.filter(Boolean), maps];
}

// ---- what to look at

function drawChoice() {
  page.field.value = asked.text;
  if (page.url) URL.revokeObjectURL(page.url);
  page.url = asked.picture ? URL.createObjectURL(asked.picture) : "";
  const source = page.url || (asked.photo ? thumb(asked.photo) : "");
  if (!source) return page.drop.replaceChildren(icon("image"), el("span", {}, words.drop));
  const image = el("img", { src: source, alt: words.picture });
  image.addEventListener("error", () => {
    if (asked.photo && !image.src.endsWith(photo(asked.photo))) image.src = photo(asked.photo);
    else page.drop.replaceChildren(icon("image"), el("span", {}, asked.picture?.name ?? words.picture));
  });
  page.drop.title = words.another;
  return page.drop.replaceChildren(image);
}

function form() {
  page.drop = el("button", { type: "button", className: "v-drop", onclick: () => choose((picture) => look({ picture })) });
  page.field = el("input", { type: "text", maxLength: 2000, placeholder: words.example, autocomplete: "off" });
  page.field.setAttribute("aria-label", words.text);
  page.said = el("p", { className: "v-hidden", role: "status" });
  page.model = el("p", { className: "v-quiet v-model" });
  const button = el("button", { type: "submit", className: "v-button" }, words.look);
  const typed = el("form", { className: "v-inline", onsubmit: submitted }, page.field, button);
  const side = el("div", { className: "v-what" }, el("h2", {}, words.title), el("p", { className: "v-quiet" }, words.lead), typed, page.model);
  return el("section", { className: "v-card v-look" }, page.drop, side);
}

function submitted(event) {
  event.preventDefault();
  if (page.field.value.trim()) look({ text: page.field.value.trim() });
}

// A model that has nothing to look into is told at once, before anything is asked of it.
async function facts() {
  try {
    const told = await insideFacts();
    if (!told.able) page.form.replaceWith(unable(told));
    else page.model.textContent = `${words.model(told)}${told.speaks ? "" : ` ${words.mute}`}`;
    page.element.dataset.model = told.model;
    return told.able;
  } catch (error) {
    page.model.replaceChildren(refused(error));
    return false;
  }
}

function unable(told) {
  return el("section", { className: "v-card v-unable" }, el("h2", {}, words.unable), el("p", {}, told.why), el("p", { className: "v-quiet" }, words.towers), el("p", { className: "v-quiet" }, words.instead));
}

export async function start(element) {
  page.element = element;
  page.form = form();
  page.result = el("div", { className: "v-looked" });
  element.replaceChildren(page.form, page.said, page.result);
  drawChoice();
  if (!(await facts())) return;
  listen((picture) => look({ picture }), words.dropHere);
  addEventListener("popstate", (event) => fromAddress(event.state?.picture ?? null));
  const kept = history.state?.picture ?? null;
  if (kept || location.search) fromAddress(kept); // else what is being typed meanwhile would go
}
