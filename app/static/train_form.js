// What a new training run is asked for: data, recipe, name; nothing starts before it is checked.

import { el } from "./dom.js";
import { refused } from "./shell.js";
import * as words from "./words.js";

const said = words.train;
const KINDS = ["captions", "keywords", "right", "wrong"];

function labelled(text, field, more) {
  return el("label", { className: "v-train-field" }, el("span", {}, text), field, more ?? null);
}

function choice(group, value, text, checked, ...more) {
  const radio = el("input", { type: "radio", name: group, value, checked });
  return [radio, el("div", { className: "v-train-choice-row" }, el("label", {}, radio, el("strong", {}, text)), ...more)];
}

function tick(text) {
  const box = el("input", { type: "checkbox" });
  const words_ = el("span", {}, text);
  return { box, words: words_, element: el("label", { className: "v-train-tick" }, box, words_) };
}

// What the library can give, in words; and what is missing.
function describe(offer) {
  const { library } = offer;
  const kinds = KINDS.filter((name) => library[name]).map((name) => said.kind(library[name], said.kinds[name]));
  const parts = [said.have(library.rows, library.photos), ...(kinds.length ? [`(${kinds.join(", ")})`] : [])];
  const few = library.rows < library.least ? ` ${said.few(library.least)}` : "";
  return `${parts.join(" ")}.${few}`;
}

function about(offer, name) {
  const recipe = offer.recipes.find((one) => one.name === (name || offer.recipe));
  const model = name ? recipe.model : offer.model;
  const here = name ? recipe.here : offer.here;
  const end = recipe?.minutes ? said.minutes(recipe.minutes) : recipe?.epochs ? said.epochs(recipe.epochs) : "";
  const parts = [said.base(here ? model : `${model} (${said.notHere})`), end, recipe?.needs ? said.needs(recipe.needs) : "", model === "mini" ? said.mini : ""];
  return parts.filter(Boolean).join(" ");
}

function recipeOptions(offer) {
  const own = offer.recipes.map((one) => el("option", { value: one.name }, one.here ? one.name : `${one.name} (${said.notHere})`));
  return [el("option", { value: "" }, said.auto(offer.model)), ...own];
}

export function trainForm(begin) {
  const words_ = el("p", { className: "v-quiet" }, said.counting);
  const path = el("input", { type: "text", className: "v-train-input", placeholder: said.pathExample, spellcheck: false, autocomplete: "off" });
  path.setAttribute("aria-label", said.pathLabel);
  const [library, libraryRow] = choice("v-train-source", "library", said.library, true, words_);
  const [file, fileRow] = choice("v-train-source", "path", said.path, false, el("p", { className: "v-quiet" }, said.pathText), path);
  path.addEventListener("input", () => (file.checked = true));
  const name = el("input", { type: "text", className: "v-train-input", spellcheck: false, autocomplete: "off", maxLength: 60 });
  const recipe = el("select", { className: "v-train-input" });
  const facts = el("p", { className: "v-quiet v-train-recipe-facts" });
  const machine = tick(said.machine(0));
  const generate = tick(said.generate);
  const settings = el("textarea", { className: "v-train-input", rows: 3, placeholder: said.settingsExample, spellcheck: false });
  const more = el("details", {}, el("summary", {}, said.more), el("div", { className: "v-train-more" }, machine.element, generate.element, labelled(said.settings, settings, el("span", { className: "v-quiet" }, said.settingsText))));
  const trouble = el("div");
  const button = el("button", { type: "submit", className: "v-button" }, said.start);
  let offer = null;

  function wanted() {
    const lines = settings.value.split("\n").map((one) => one.trim()).filter(Boolean);
    const ticks = [machine.box.checked && library.checked ? "captions.machine=true" : "", generate.box.checked ? "captions.generate=true" : ""];
    return { name: name.value, source: library.checked ? "library" : "path", path: path.value, recipe: recipe.value, changes: [...ticks.filter(Boolean), ...lines] };
  }

  async function submit(event) {
    event.preventDefault();
    trouble.replaceChildren();
    button.disabled = true;
    button.textContent = said.starting;
    try {
      await begin(wanted());
    } catch (error) {
      trouble.replaceChildren(refused(error));
    }
    button.disabled = false;
    button.textContent = said.start;
  }

  const source = el("fieldset", {}, el("legend", {}, said.from), libraryRow, fileRow);
  const row = el("div", { className: "v-train-pair" }, labelled(said.recipe, recipe), labelled(said.name, name));
  const element = el("form", { className: "v-card v-train-form", onsubmit: submit }, el("h2", {}, said.form), source, row, facts, more, trouble, button);
  recipe.addEventListener("change", () => offer && (facts.textContent = about(offer, recipe.value)));

  // `anew`: the name is taken now, whoever chose it.
  function show(fresh, anew = false) {
    const kept = recipe.value;
    const untouched = anew || !name.value || name.value === offer?.name;
    offer = fresh;
    words_.textContent = describe(offer);
    machine.words.textContent = said.machine(offer.library.rows_with_machine);
    machine.element.hidden = offer.library.rows_with_machine <= offer.library.rows;
    recipe.replaceChildren(...recipeOptions(offer));
    recipe.value = kept;
    if (untouched) name.value = offer.name;
    facts.textContent = about(offer, recipe.value);
  }
  const fail = (error) => (words_.textContent = error.message);
  return { element, show, fail };
}
