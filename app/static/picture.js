// A picture from outside: chosen, dropped anywhere on the page, or pasted.

import { el } from "./dom.js";
import { DRAGGED } from "./drag.js";

const isPicture = (file) => file && (file.type.startsWith("image/") || /\.(hei[cf]|avif|tiff?)$/i.test(file.name));

function pictureOf(transfer) {
  return [...(transfer?.files ?? [])].find(isPicture) ?? null;
}

// Opens the file chooser of the browser.
export function choose(taken) {
  const input = el("input", { type: "file", accept: "image/*,.heic,.heif,.avif" });
  input.addEventListener("change", () => input.files[0] && taken(input.files[0]));
  input.click();
}

// Calls `taken` with a picture that is dropped or pasted, as long as the page is open.
export function listen(taken, invitation) {
  const veil = el("div", { className: "v-veil", hidden: true }, el("p", {}, invitation));
  document.body.append(veil);
  const hasFiles = ({ dataTransfer }) => {
    const types = [...(dataTransfer?.types ?? [])];
    return types.includes("Files") && !types.includes(DRAGGED); // a tile of ours comes back: no picture from outside
  };
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) veil.hidden = false;
  });
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    const file = pictureOf(event.dataTransfer);
    if (file) taken(file);
  });
  document.addEventListener("paste", (event) => {
    const file = pictureOf(event.clipboardData);
    if (file) {
      event.preventDefault();
      taken(file);
    }
  });
}
