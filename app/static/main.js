// Brings the parts of a page to life as the shell puts them there.

import * as library from "./library.js";
import * as match from "./match.js";
import * as search from "./search.js";
import * as shell from "./shell.js";

const PARTS = {
  shell: shell.start,
  "search-box": search.startBox,
  search: search.start,
  "match-picture": match.start,
  "match-results": match.startResults,
  library: library.start,
};

export const hooks = { ...match.hooks };

export function start(element, part) {
  PARTS[part](element);
}
