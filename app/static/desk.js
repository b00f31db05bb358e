// What the machine around the page can do: copy a text, and, in a window of its own, open a folder.

const bridge = () => globalThis.pywebview?.api;

export const canOpenFolders = () => typeof bridge()?.open_folder === "function";

export const openFolder = (id) => bridge().open_folder(id);

export async function copy(text) {
  await navigator.clipboard?.writeText(text).catch(() => {});
}
