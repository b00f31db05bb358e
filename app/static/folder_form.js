// A folder by its path, typed or picked: the form that the first run and the library page share.

import { button } from "./dialog.js";
import { el } from "./dom.js";
import { pickFolder } from "./picker.js";
import { folder as words } from "./words.js";

// `given` gets a path; `takes`: whether a picked folder is given at once, else it only stands there.
export function folderForm(label, given, takes = false) {
  const field = el("input", { type: "text", placeholder: words.example, spellcheck: false, autocomplete: "off" });
  field.setAttribute("aria-label", words.label);
  const submit = el("button", { type: "submit", className: "v-button" }, label);
  const stand = (path) => {
    field.value = path;
    field.dispatchEvent(new Event("input"));
    submit.focus();
  };
  const browse = () => pickFolder(element, takes ? given : stand, takes ? label : words.choose);
  const row = el("form", { className: "v-inline v-folder-form" }, field, button(words.browse, browse), submit);
  row.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) given(field.value.trim());
    else browse();
  });
  const element = el("div", { id: "v-folder", className: "v-folder" }, row);
  return { element, field, browse };
}
