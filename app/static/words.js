// Every text of the pages, in one place: a translation is another file like this one.

const number = (value) => value.toLocaleString("en");
const some = (value, one, many) => `${number(value)} ${value === 1 ? one : many}`;
const photos = (value) => some(value, "photo", "photos");

export const box = {
  ask: "What happens in the photo?",
  like: "Add words: the same, but at night",
  choose: "Search by a picture (or drop or paste one anywhere)",
  chooseShort: "Search by a picture",
  drop: "Drop a picture to find photos like it",
  dropMatch: "Drop a picture to find its texts",
  source: "The picture to search by",
  letGo: "Drop the picture",
};

export const line = {
  searching: "Searching…",
  loading: (encoder) => `Loading ${encoder}: the first answer takes a moment…`,
  found: (total, searched, took) => `${number(total)} of ${photos(searched)} · ${took}`,
  ranked: (searched, took) => `${photos(searched)}, nearest first · ${took}`,
  ordered: (total) => `${photos(total)}, newest first`,
  took: (ms) => (ms < 1 ? "under 1 ms" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`),
  spoken: (total) => `${photos(total)} found`,
  checking: "Checking what is in the best ones…",
  checked: "checked",
  stop: "Stop",
  stopped: "not checked to the end",
  moreAsked: "Show all photos, nearest first",
  lessAsked: "Only what fits",
  end: "That is all that fits.",
};

export const nothing = {
  title: "Nothing found",
  why: "No photo in this library fits that well enough to be called a match.",
  filtered: "No photo passes these filters.",
  nearest: "Show the nearest misses",
};

export const almost = {
  title: (value) => `Almost: ${photos(value)}`,
  lead: "They missed the cut, or fail a part of what you asked for.",
};

export const chips = {
  label: "What was understood",
  forbid: "without",
  edit: (text) => `Edit ${text}`,
  remove: (text) => `Take away ${text}`,
};

export const filters = {
  open: "Filters",
  label: "Filters",
  from: "From",
  to: "To",
  type: "Type",
  folder: "Folder",
  camera: "Camera",
  caption: "Caption",
  rating: "Rating",
  any: "any",
  withCaption: "with",
  withoutCaption: "without",
  stars: (least) => `${"★".repeat(least)}${least < 5 ? " or more" : ""}`,
  folderExample: "2024/italy",
  cameraExample: "Pixel 7",
  clear: "Clear",
};

export const sort = { label: "Order", relevance: "Best first", date: "Newest first" };

export const switcher = { label: "Answered by" };

export const levels = { strong: "strong match", likely: "likely match", weak: "weak match" };

export const why = {
  label: "Why this photo",
  yes: "yes",
  no: "no",
  unsure: "not sure",
  forbid: (text) => (/^(no|not|without)\b/i.test(text) ? text : `no ${text}`),
  likely: (share) => `${share < 0.01 ? "<1" : share > 0.99 ? ">99" : Math.round(100 * share)} % likely`,
};

export const tile = {
  open: (name) => `Open ${name}`,
  similar: (name) => `Photos similar to ${name}`,
  similarShort: "Similar photos",
  unfold: (value) => `Show ${some(value, "near-duplicate", "near-duplicates")}`,
  fold: "Fold the near-duplicates",
  gone: "This picture cannot be shown",
  results: "Photos found",
};

export const lightbox = {
  close: "Close",
  previous: "Previous photo",
  next: "Next photo",
  place: (at, of) => `${number(at)} of ${number(of)}`,
  similar: "Similar photos",
  copy: "Copy the path",
  copied: "Path copied",
  folder: "Open the folder",
  taken: "Taken",
  where: "Place",
  camera: "Camera",
  size: "Size",
  pixels: (width, height) => `${number(width)} × ${number(height)} pixels`,
  match: "Match",
  score: "Score",
  machine: "Written by a model",
  alike: (value) => some(value, "near-duplicate", "near-duplicates"),
  keys: [["←  →", "walk"], ["S", "similar"], ["Enter", "copy the path"], ["Esc", "close"]],
  keysDesktop: [["←  →", "walk"], ["S", "similar"], ["Enter", "open the folder"], ["Esc", "close"]],
};

export const saved = {
  save: "Save this search",
  saved: "This search is saved: forget it",
  label: "Saved searches",
  remove: (name) => `Forget ${name}`,
};

export const match = {
  drop: "Choose, drop or paste a picture",
  picture: "The picture to match",
  another: "Another picture",
  noTexts: "No text to choose from. Type some lines.",
  typeLines: "Type some lines to choose from, one text a line.",
  captions: "Captions of your library",
  typed: "Your lines",
};

export const first = {
  demo: "See it work",
  demoText: "Draw a small world of 2,000 pictures, index it with the packaged model, and search it. Nothing is downloaded.",
  demoButton: "Try the demo",
  own: "Your photos",
  ownText: "Name a folder. Photos are only read, never changed, and nothing leaves this machine.",
  folder: "Folder of photos",
  folderExample: "/home/me/Pictures",
  ownButton: "Index",
  mini: "The packaged model knows only the drawn world. For photographs, take a real model.",
  encoder: (name) => `Encoder: ${name}.`,
  real: "A real model",
  realText: "For photographs. It is fetched once, only when you run this line in a terminal:",
  model: "Model",
  licence: "Licence",
  download: "Download",
  here: "already here",
  command: (name, folder) => `vladva index ${folder ? `"${folder}"` : "FOLDER"} --model ${name}`,
  copy: "Copy the command",
};

export const state = {
  away: "not running",
  paused: "indexing is paused",
  indexing: "indexing…",
  loading: (encoder) => `loading ${encoder}…`,
  empty: "no photos yet",
  ready: (value, encoder) => `${photos(value)} · ${encoder}`,
};

export const trouble = {
  away: "The program does not answer any more.",
  awayHint: "Start it again: vladva ui",
  status: (code) => `The program answered ${code}.`,
};
