// A photo dragged out of the page: whoever it is dropped on gets the original file.

import { original } from "./api.js";
import { fileName } from "./dom.js";

export const DRAGGED = "application/x-vladva-photo"; // so that the page knows its own
const TYPES = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", gif: "image/gif" };

// A name that every file system takes; a colon would end it in `DownloadURL`.
export function safeName(path) {
  const name = fileName(path).replace(/[\p{Cc}\p{Cf}\p{Cs}:*?"<>|\\/]/gu, "_").replace(/^\.+/, "_");
  return name || "photo";
}

export function dragOut(node, hit) {
  node.draggable = true;
  node.addEventListener("dragstart", (event) => {
    const { dataTransfer } = event;
    const name = safeName(hit.path);
    const type = TYPES[name.split(".").pop().toLowerCase()] ?? "application/octet-stream";
    const url = new URL(original(hit.id), location.href).href;
    dataTransfer.clearData(); // the browser's own idea: the thumbnail
    dataTransfer.effectAllowed = "copy";
    dataTransfer.setData("DownloadURL", `${type}:${name}:${url}`);
    dataTransfer.setData("text/uri-list", url);
    dataTransfer.setData(DRAGGED, hit.id);
    const image = node.querySelector("img") ?? node;
    if (image.naturalWidth) dataTransfer.setDragImage(image, image.clientWidth / 2, image.clientHeight / 2);
  });
}
