// Brings the parts of a page to life as the shell puts them there.

import * as inside from "./inside.js";
import * as prompts from "./inside_prompts.js";
import * as library from "./library.js";
import * as match from "./match.js";
import * as search from "./search.js";
import * as shell from "./shell.js";
import * as adapters from "./adapters.js";
import * as train from "./train.js";

const PARTS = {
  shell: shell.start,
  "search-box": search.startBox,
  search: search.start,
  "match-picture": match.start,
  "match-results": match.startResults,
  library: library.start,
  train: train.start,
  adapters: adapters.start,
  inside: inside.start,
  "inside-prompts": prompts.start,
};

export const hooks = { ...match.hooks };

export function start(element, part) {
  PARTS[part](element);
}
