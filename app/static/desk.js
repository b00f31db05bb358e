// What the machine around the page can do: copy a text, and, in a window of its own, open a folder.

const bridge = () => globalThis.pywebview?.api;

export const canOpenFolders = () => typeof bridge()?.open_folder === "function";

export const openFolder = (id) => bridge().open_folder(id);

// Whether it is copied: a page that came over plain HTTP from another machine may not, nor one that
// a person forbade it.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
