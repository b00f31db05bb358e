// A real model on the first run: what it is for, its size and licence before anything else.

import { card } from "./choice.js";
import { bytes, el, icon } from "./dom.js";
import { fetchPart } from "./fetch_model.js";
import { refresh } from "./shell.js";
import { first as words } from "./words.js";

// `form`: where the folder stands; `begin` starts the indexing.
export function modelCard(form, begin) {
  const select = el("select", {});
  select.setAttribute("aria-label", words.model);
  const terms = el("dl", { className: "v-terms" });
  const how = el("p", {});
  const place = el("div", { className: "v-fetch-place" });
  const use = el("button", { type: "button", className: "v-button", hidden: true, onclick: () => start() });
  const art = el("div", { className: "v-previews v-sketch" }, icon("download"));
  const element = card("section", {}, art, words.real, words.realText, select, terms, how, place, use);
  let models = [];
  const folder = () => form.field.value.trim();

  function start() {
    if (folder()) begin({ folder: folder(), model: select.value });
    else form.browse();
  }

  function draw() {
    const model = models.find((one) => one.name === select.value);
    if (!model) return;
    const rows = [
      [words.about, words.abouts[model.name] ?? ""],
      [words.download, model.cached ? words.here : bytes(model.size_bytes)],
      [words.licence, model.licence],
    ];
    terms.replaceChildren(...rows.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
    how.textContent = model.cached ? words.ready : "";
    how.hidden = !model.cached;
    place.replaceChildren(...(model.cached ? [] : [fetchPart(model.name, refresh)]));
    use.hidden = !model.cached;
    use.textContent = words.use(model.name);
  }

  select.addEventListener("change", () => {
    draw();
    refresh(); // a download may have ended meanwhile
  });
  function show(offered) {
    element.hidden = !offered?.length;
    if (!offered || JSON.stringify(offered) === JSON.stringify(models)) return;
    models = offered;
    const before = select.value;
    select.replaceChildren(...offered.map((one) => el("option", { value: one.name }, one.name)));
    if (offered.some((one) => one.name === before)) select.value = before;
    draw();
  }
  return { element, show };
}
