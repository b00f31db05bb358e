// Every text of the pages, in one place: a translation is another file like this one.

// Of numbers and dates too, so that they are of one piece with the words around them.
export const LOCALE = "en";
export const number = (value) => value.toLocaleString(LOCALE);
const some = (value, one, many) => `${number(value)} ${value === 1 ? one : many}`;
const photos = (value) => some(value, "photo", "photos");
const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

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
  checking: "Checking what is in the best ones…",
  stop: "Stop",
  stopped: "Stopped: not checked to the end.",
  unchecked: (why) => `Not checked: ${why}`,
  moreAsked: "Show all photos, nearest first",
  lessAsked: "Only what fits",
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

export const switcher = { label: "Answered by", both: "side by side", pair: (one, other) => `${one} | ${other}` };

export const versus = {
  label: (model) => `Answer of ${model}`,
  right: "right",
  wrong: "wrong",
  score: (right, of) => `${right} of ${of} right`,
  none: "It found nothing.",
  judged: (there) => `The drawn facts say what is right: ${there ? photos(there) : "no photo"} of this demo. Both saw the same photos; only the first stage of the search is compared.`,
  unjudged: "The drawn facts cannot judge these words. Say it as the drawn world does: a red car next to a dog.",
};

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
  inside: "Look inside",
  copy: "Copy the path",
  copied: "Path copied",
  notCopied: "This browser does not let the page copy: mark the path by hand, it stands under the name.",
  folder: "Open the folder",
  taken: "Taken",
  where: "Place",
  sides: { north: "N", south: "S", east: "E", west: "W" },
  camera: "Camera",
  size: "Size",
  pixels: (width, height) => `${number(width)} × ${number(height)} pixels`,
  score: "Score",
  machine: "Written by a model",
  alike: (value) => some(value, "near-duplicate", "near-duplicates"),
  keys: [["←  →", "walk"], ["S", "similar"], ["Enter", "copy the path"], ["Esc", "close"]],
  keysDesktop: [["←  →", "walk"], ["S", "similar"], ["Enter", "open the folder"], ["Esc", "close"]],
};

export const marks = {
  ask: (query) => `Does it fit “${query}”?`,
  right: "This is right",
  wrong: "This is not",
  why: "Kept in your library; training on it learns from such marks. Once more takes it back.",
  kept: "Kept. Training on your library learns from it.",
  takenBack: "Taken back.",
  keys: [["Y", "right"], ["N", "not right"]],
};

export const door = { out: "Log out", outWhy: "This browser will be asked for the password again" };

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
  demoText: "Draw a small world of 2,000 pictures, index it with the packaged model, and search it. Nothing is downloaded; it takes some minutes.",
  demoButton: "Try the demo",
  own: "Your photos",
  ownText: "Choose a folder. Photos are only read, never changed, and nothing leaves this machine.",
  ownButton: "Index",
  mini: "The packaged model knows only the drawn world. For photographs, take a real model.",
  encoder: (name) => `They are indexed with ${name}.`,
  real: "A real model",
  realText: "One that knows photographs. Nothing is fetched unless you ask for it.",
  ready: "It is on this machine already: nothing is fetched.",
  use: (name) => `Index with ${name}`,
  model: "Model",
  about: "Good for",
  licence: "Licence",
  download: "Download",
  here: "already here",
  abouts: {
    "siglip2-base": "any computer: fast, and good at what is in a photo",
    "qwen3-vl-embedding-2b": "a graphics card: understands long and exact descriptions",
    "clip-vit-b32": "small or old computers: the fastest, the least exact",
  },
};

export const fetching = {
  unasked: "It is not on this machine yet. Nothing is fetched before you have seen what it is.",
  look: "Download…",
  looking: "Asking the hub…",
  cost: (size, commit) => `${size}, as it was published with commit ${commit}, from the Hugging Face hub: `,
  licence: (name) => `. Licence: ${name}.`,
  terms: (licence) => (licence === "none" ? "I fetch it although it declares no licence" : `I agree to the licence ${licence}, which sets terms of use`),
  go: (size) => `Download ${size}`,
  label: "Download",
  at: ({ model, state }, done, total, left) => {
    if (state === "checking") return `${model}: checking what has come`;
    if (state === "waiting" && !left) return `${model}: getting ready, or another program is fetching it`;
    return `${model}: ${done} of ${total}${left ? `, ${left} left` : ""}`;
  },
  stop: "Stop",
  stopping: "Stopping…",
  stopped: "Stopped. What has come is kept: the next time it goes on from there.",
  kept: "What has come is kept: the next time it goes on from there.",
};

export const dialog = { cancel: "Cancel" };

export const folder = {
  label: "Folder of photos",
  example: "/home/me/Pictures",
  browse: "Browse…",
  choose: "Choose this folder",
};

export const picker = {
  title: "Choose a folder of photos",
  path: "Path of the folder",
  up: "The folder above",
  folders: "Folders in here",
  kinds: { home: "Home", pictures: "Pictures", disk: "Disk", top: "Whole computer" },
  machine: (name) => `These are the folders of ${name}, the machine that VladVA runs on: not those of the one you sit at.`,
  more: (value) => `… and ${some(value, "folder", "folders")} more: type the path above.`,
  none: "No folder in here. Hidden ones are not shown.",
  counting: "Counting pictures…",
  count: ({ pictures, complete }) => (complete ? (pictures ? `About ${some(pictures, "picture", "pictures")} in here and in the folders below.` : "No picture in here, as far as names tell.") : `At least ${some(pictures, "picture", "pictures")} in here and in the folders below.`),
  held: (root) => `The library has this folder already, by ${root}.`,
};

export const library = { add: "Add folder" };

export const roots = {
  title: "Folders",
  none: "None yet. Add one above.",
  look: "Look for changes",
  facts: (value, state) => `${photos(value)} · ${state}`,
  states: { idle: "up to date at the last look", watched: "watched: changes are taken in by themselves", offline: "cannot be reached" },
  awaySince: (when) => `Away since ${when}, when it was first missed.`,
  away: "Away.",
  kept: (value) => `What the index knows of its ${photos(value)} is kept: they are still found, but only their small pictures can be shown.`,
  back: "Connect the disk or the share again: the folder is noticed by itself, and nothing is indexed twice. If it is gone for good, forget it.",
  forget: "Forget…",
  forgetOne: (path) => `Forget ${path}…`,
  forgetTitle: "Forget this folder?",
  dropped: (value) => `${photos(value)} will be dropped from the library, with vectors, small pictures and captions.`,
  untouched: "Your files are not touched. If you add the folder again, it is indexed anew.",
  untouchedAway: "Your files are not touched. But the folder is away: what is forgotten now can only be indexed again once it is back.",
  forgetNow: "Forget it",
};

export const failures = {
  title: (value) => `${some(value, "file was", "files were")} not indexed`,
  lead: "The others are not held up by them. A file is tried again by itself once it changes, or once a newer version of VladVA may be able to read it.",
  reason: (reason, value) => `${reason} · ${some(value, "file", "files")}`,
  hint: (hint) => `What helps: ${hint}`,
  retry: (value) => (value === 1 ? "Try this one again" : `Try these ${number(value)} again`),
  more: (value) => `… and ${number(value)} more: vladva status --json`,
};

const plainAdapters = { packaged: "as it comes", none: "without an adapter" };

export const encoder = {
  photos: "Photos",
  name: "Encoder",
  place: "Kept in",
  size: (size) => `${size} on the disk`,
  adapter: (name) => plainAdapters[name] ?? `adapter ${name}`,
  used: (adapter, dim) => `${adapter} · ${number(dim)} numbers a photo`,
  unused: "not used yet",
  change: "Change the encoder…",
  left: (next, now) => `A change to ${next} was begun and has not ended. ${now} answers. What was done is kept.`,
  goOn: "Go on with it",
};

export const change = {
  title: "Change the encoder",
  lead: "The encoder turns every photo into the vector that a search compares, so another one has to read all photos once. Until it has, the one in use goes on answering.",
  which: "Encoder",
  goodFor: (text) => `for ${text}`,
  inUse: "in use",
  here: "on this machine",
  other: "Another one",
  otherExample: "a folder with a checkpoint, or owner/name",
  look: "See what it takes",
  download: "Download",
  licence: "Licence",
  photos: "Photos to read",
  toDo: (left, done) => (done && left ? `${number(left)} (${number(done)} are done, from before)` : number(left)),
  timeName: "Time",
  time: (text, rate) => `about ${text}, at ${rate >= 10 ? number(Math.round(rate)) : rate.toFixed(1)} photos a second on this machine`,
  unmeasured: "not known yet",
  disk: "Space for vectors",
  adapter: "Adapter",
  measure: "Measure it on a few photos",
  measuring: "Measuring…",
  meanwhile: "It begins at once, and can be paused, slowed and given up at any time. When it is complete, the vectors of the old encoder are deleted. Folders that are away are read once they are back.",
  go: "Change",
  goTo: (name) => `Change to ${name}`,
};

export const progress = {
  label: "Indexing",
  paused: "Paused",
  changePaused: (next) => `The change to ${next} is paused`,
  changing: (next, now) => `Changing to ${next}: until it has read every photo, ${now} answers`,
  drawing: "Drawing the small world…",
  loading: "Getting ready…",
  indexing: (folder) => `Indexing ${folder}`,
  looking: (folder) => `Looking through ${folder}`,
  stopped: "Stopped. What is indexed stays.",
  watching: (value) => `Watching ${some(value, "folder", "folders")}`,
  done: (folder) => `Done: ${folder}`,
  elsewhere: "It does what is asked for here, and this page takes over when it ends.",
  of: (done, total) => `${number(done)} of ${photos(total)}`,
  rate: (rate) => `${rate >= 10 ? number(Math.round(rate)) : rate.toFixed(1)} a second`,
  left: (text) => `${text} left`,
  kinds: {
    indexed: (value) => `${number(value)} indexed`,
    copies: (value) => `${number(value)} copies`,
    unchanged: (value) => `${number(value)} unchanged`,
    moved: (value) => `${number(value)} moved`,
    removed: (value) => `${number(value)} removed`,
    skipped: (value) => `${number(value)} skipped`,
  },
  speed: "Speed of indexing",
  speeds: [[1, "Full speed"], [0.5, "Half speed"], [0.25, "A quarter"], [0.1, "A tenth"]],
  pause: "Pause",
  resume: "Resume",
  stop: "Stop",
  keep: (now) => `Keep ${now}`,
};

export const train = {
  explain: "Teach the model your words",
  steps: [
    ["It learns", "from photos and the words that belong to them. Photos are only read, and nothing leaves this machine. What it learns is a small file, the adapter; the model itself stays as it is."],
    ["It is judged", "on photos set aside, which it never learned from: for each of their texts, does the right photo now come earlier? This judge is called the gate."],
    ["You keep the better one", "If the gate is sure that it is better, it is put to use. If not, it stays off. You can go back with one click."],
  ],
  form: "A new run",
  from: "Learn from",
  library: "This library",
  path: "A folder or a file",
  pathText: "A folder of pictures with .txt or .json beside them, a .jsonl file, or .tar shards.",
  pathLabel: "Folder or file to learn from",
  pathExample: "/home/me/captioned",
  counting: "Counting photos with words…",
  have: (rows, all) => `${number(rows)} of ${photos(all)} ${rows === 1 ? "has" : "have"} words to learn from`,
  kinds: { captions: "captions", keywords: "keywords", right: "marks “right”", wrong: "marks “wrong”" },
  kind: (value, name) => `${number(value)} × ${name}`,
  few: (least) => `A run needs ${number(least)}, so that enough can be set aside for the gate. Write captions beside photos (photo.jpg, photo.txt), mark search results as right or wrong, or use a setting below.`,
  machine: (value) => `Captions that a model wrote count, too (${photos(value)} then)`,
  generate: "The model writes captions where there are none, before it learns",
  name: "Name of the adapter",
  recipe: "Recipe",
  auto: (model) => `the usual one for ${model}`,
  notHere: "not on this machine",
  base: (model) => `Base: ${model}.`,
  needs: (text) => `Made for ${text}.`,
  minutes: (value) => `Ends after ${some(value, "minute", "minutes")} at most.`,
  epochs: (value) => `Ends when it has seen every photo ${number(value)} times; once it runs, the time left is shown.`,
  mini: "mini knows only the drawn world: on photographs it learns little.",
  more: "More settings",
  settings: "Settings, one a line",
  settingsExample: "optim.minutes=5\nrun.seed=1",
  settingsText: "As --set of the command line; see docs/training.md.",
  start: "Start training",
  starting: "Checking…",
  run: "Training run",
  stop: "Stop",
  kill: "End at once",
  resume: "Go on",
  waiting: (name) => `The run ${name} was stopped and can go on where it was.`,
  kept: (names) => `Stopped before and kept, to go on with later: ${names.join(", ")}.`,
  stages: {
    starting: "Getting ready…",
    features: "Looking at the photos once…",
    captions: "Writing captions…",
    training: "Learning",
    judging: "The gate looks at photos set aside…",
    stopping: "Stopping after this step. What is learned is saved.",
    stopped: "Stopped",
    failed: "The run failed",
  },
  verdicts: {
    accepted: ["Accepted", "Better than what was in use, on the photos set aside. It is in use from now on."],
    refused: ["Refused", "Worse than what is in use, on the photos set aside. It is kept, but stays off."],
    undecided: ["Undecided", "The photos set aside cannot tell it from what is in use. It is kept, but stays off."],
  },
  gate: "The gate’s words",
  facts: (rows, held) => `${photos(rows)} to learn from, ${number(held)} set aside`,
  bad: (value) => `${some(value, "row", "rows")} could not be used`,
  stepOf: (step, steps) => `step ${number(step)} of ${number(steps)}`,
  rate: (value) => `${value >= 10 ? Math.round(value) : value.toFixed(1)} photos a second`,
  left: (text) => `${text} left`,
  took: (steps, text) => `${some(steps, "step", "steps")} in ${text}`,
  of: (done, total) => `${number(done)} of ${photos(total)}`,
  progress: "Training",
  losses: "What it gets wrong (loss): lower is better",
  lossNames: ["together", "photo and text apart", "next word"],
  found: "Found among the first ten, on photos set aside: higher is better",
  foundNames: { "image_R@10": "text → photo", "text_R@10": "photo → text", "image_chance_R@10": "chance" },
  curve: (name, from, now) => `${name}: ${from} at first, ${now} now`,
  step: "step",
  before: "Before",
  after: "After",
  table: "Before and after, on photos set aside",
  measure: "Measure",
  metrics: {
    "image_R@1": "text → photo: the right photo comes first",
    "image_R@10": "text → photo: it is among the first ten",
    "text_R@1": "photo → text: the right text comes first",
    "text_R@10": "photo → text: it is among the first ten",
    "image_chance_R@10": "by chance, among the first ten",
    log_loss: "surprise at the right photo (log-loss, lower is better)",
  },
  percent: (value) => `${value.toFixed(1)} %`,
  moved: (one) => `Of ${some(one.queries, "text", "texts")} set aside, ${number(one.earlier)} now ${one.earlier === 1 ? "finds its" : "find their"} photo earlier, ${number(one.later)} later; ${number(one.first_before)} found it first before, ${number(one.first_after)} now.`,
  skipped: (value) => `${some(value, "row", "rows")} left out`,
};

export const adapters = {
  title: "Adapters",
  lead: "Each was trained for one base model. One a base is in use.",
  none: "None yet. The first run makes one.",
  packaged: (model) => `what comes with ${model}`,
  noAdapter: "no adapter",
  inUse: "in use",
  verdicts: { accepted: "accepted", refused: "refused", undecided: "undecided" },
  held: (text) => `held out: ${text}`,
  metric: (name, value) => `${name.replaceAll("_", " ")} ${value.toFixed(1)} %`,
  use: "Use",
  useOf: (name) => `Use ${name}`,
  backTo: (name) => `Go back to ${name}`,
  left: (value, name) => `The library is still searched with the old vectors. To search with ${name}, its ${photos(value)} have to be indexed anew; until that is done, the old ones answer.`,
  apply: "Index the photos anew",
  applying: "The photos are being indexed anew. The page Library shows how far it is.",
  changed: (name, model) => `For ${model}, ${name} is in use from now on.`,
  delete: "Delete",
  deleteOf: (name) => `Delete ${name}`,
  deleteTitle: "Delete this adapter?",
  deleteText: "It is deleted for good, and is no way back any more. The photos, the model and the folder that it was trained in stay as they are.",
  deleteNow: "Delete it",
  deleted: (name) => `${name} is deleted.`,
};

export const state = {
  away: "not running",
  paused: "indexing is paused",
  indexing: "indexing…",
  loading: (encoder) => `loading ${encoder}…`,
  empty: "no photos yet",
  ready: (value, encoder) => `${photos(value)} · ${encoder}`,
};

export const inside = {
  title: "A picture, or a text",
  lead: "Choose one, drop it or paste it; or type a text. The model reads it and ends on one token, the summary token: from that alone it makes the vector that a search compares. Here is what is in it.",
  drop: "Choose, drop or paste a picture",
  dropHere: "Drop a picture to look at it through the model",
  picture: "The picture that is looked at",
  another: "Another picture",
  text: "A text to look at",
  example: "or type: a red car next to a dog",
  look: "Look",
  looking: "Looking…",
  looked: "Here is what the model makes of it",
  model: (told) => `In use: ${told.model}, ${inside.adapters[told.adapter] ?? `with the adapter ${told.adapter}`}.`,
  adapters: { none: "without an adapter", packaged: "with the adapter that it came with" },
  asked: (answer) => `${answer.model} was asked of ${answer.kind === "image" ? "this picture" : "this text"}: `,
  untuned: "No adapter is on this model, so there is nothing to compare: this is the model as it came.",
  mute: "It only embeds: it says no next word and no caption. Where it looks can be shown.",
  unable: "There is nothing to look into",
  towers: "Such a model turns a picture into a vector and a text into a vector, each by a tower of its own. No token reads the picture in words, so there is no attention over it, no next word and no caption that could be shown.",
  instead: "A vision-language model has all that. In a terminal: vladva index FOLDER --model mini; vladva models lists others.",
  looks: { before: "Before tuning", after: "After tuning" },
  attention: "Where it looks",
  legend: "The stronger the colour, the more attention of the summary token. Under each map: how much of all its attention the picture gets · over what share of the picture that is spread (100 % = evenly). Choose a head to see it large.",
  whichLayer: "Layer",
  strength: "Strength of the colour",
  layer: (one, of) => `${one} of ${of}`,
  head: (at) => (at < 0 ? "Mean of all heads" : `Head ${at + 1}`),
  headShort: (at) => (at < 0 ? "mean" : `head ${at + 1}`),
  shares: (one) => `${percent(one.on_picture)} · ${percent(one.density)}`,
  headSaid: (at, one) => `${inside.head(at)}: ${percent(one.on_picture)} of the attention goes to the picture, spread over ${percent(one.density)} of it`,
  density(looks, head) {
    const whose = head < 0 ? "the summary token" : `head ${head + 1}`;
    const parts = looks.map((one) => `${inside.looks[one.name].toLowerCase()} ${whose} gives ${percent(one.on_picture)} of its attention to the picture, spread over ${percent(one.density)} of it`);
    const said = looks.length > 1 ? parts.join("; ") : parts[0].replace("before tuning ", "");
    return `${said[0].toUpperCase()}${said.slice(1)}. The rest goes to the words around it.`;
  },
  next: "What it would say next",
  nextLead: "The most likely next words at the summary token. Many words that are all a little likely mean that much of the input is still in it; ␣ is a space.",
  noNext: "This model only embeds: it says no next word.",
  entropy: (look, answer) => `Entropy ${look.entropy_nats.toFixed(2)} nats of at most ${answer.max_entropy_nats.toFixed(2)}: as open as a choice among ${number(Math.max(1, Math.round(Math.exp(look.entropy_nats))))} equally likely words.`,
  emptyToken: "(empty)",
  share: (p) => (p < 0.001 ? "<0.1 %" : `${(100 * p).toFixed(1)} %`),
  captions: "What it says of the picture",
  captionsLead: "The same weights, asked for a caption. Tuning for search must not cost the words.",
  noCaptions: "This model only embeds: it writes no captions.",
  styles: { short: "In one sentence", long: "In detail" },
  silent: "(nothing)",
};

export const prompts = {
  title: "Which prompt should it be asked with?",
  lead: "Before any training the prompt decides what the summary token holds. Here every prompt pair is tried on the model without its adapter. Good ones leave the next word open (high entropy) and spread the vectors over many directions. A search may wait a moment while this runs.",
  mute: "This model only embeds: there is no next word whose entropy could be compared.",
  where: "On",
  places: { drawn: "the drawn world", library: "captioned photos of this library" },
  count: "Pictures",
  begin: "Compare the prompts",
  stop: "Stop",
  progress: "Comparing the prompts",
  stage(state) {
    const step = state.total ? `${number(state.done)} of ${number(state.total)}` : "";
    const left = state.eta_s > 0 ? `, about ${Math.ceil(state.eta_s)} s left` : "";
    return { preparing: `Getting the pictures… ${step}`, comparing: `Comparing prompts: ${step}${left}`, stopped: "Stopped.", done: "Done." }[state.stage] ?? "";
  },
  roles: { recommended: "recommended", used: "in use", best: "best recall" },
  sides: { image: "Pictures", text: "Texts" },
  others: (value) => some(value, "other", "others"),
  percent: (share) => `${Math.round(100 * share)} %`,
  both: (nats) => `${nats.image.toFixed(2)} · ${nats.text.toFixed(2)}`,
  advice: (result) => `By entropy and variance: ${result.recommended}. In use: ${result.in_use}. Best recall on this sample: ${result.best_recall}. The recommended one asks of a picture:`,
  measured: (result) => `${result.model}, untuned, ${some(result.pairs.length, "prompt pair", "prompt pairs")} on ${some(result.pictures, "picture", "pictures")} and ${some(result.texts, "text", "texts")} of ${prompts.places[result.data]}${result.skipped ? `; ${some(result.skipped, "picture", "pictures")} left out` : ""}.`,
  entropy: "How open each prompt leaves the next word",
  entropyLead: (result) => `Entropy of the next word in nats, pictures · texts, the most open first; at most ${result.max_entropy_nats.toFixed(1)}.`,
  variance: "How many directions the vectors use",
  varianceLead: "Share of the variance that the first principal axes explain: the slower a line rises, the more directions are in use.",
  variancePanel: { image: "Cumulative variance of the pictures' vectors by principal axes", text: "Cumulative variance of the texts' vectors by principal axes" },
  axes: "principal axes",
  recall: "Does entropy tell which prompt finds best?",
  recallLead: "Each point is a prompt pair: how often the right one comes first (R@1, percent), by its place in entropy. Dotted: pure chance.",
  recallPanel: (name, rho) => `${name === "image_R@1" ? "Picture found by text" : "Text found by picture"}: ${rho === null ? "all alike" : `rank correlation ${rho < 0 ? "−" : "+"}${Math.abs(rho).toFixed(2)}`}`,
  rank: "place by entropy, 1 = the highest",
  numbers: "All numbers",
  columns: ["Prompt pair", "Entropy, picture", "Entropy, text", "Effective rank, picture", "Effective rank, text", "Picture by text R@1", "Text by picture R@1"],
};

export const trouble = {
  away: "The program does not answer any more.",
  awayHint: "Start it again: vladva ui",
  status: (code) => `The program answered ${code}.`,
};
