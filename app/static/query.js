// A question as a plain value: words, a picture beside them, and how the answers are wanted.

export const EMPTY = Object.freeze({ words: "", like: "", picture: null, by: "", sort: "relevance", all: false });

export const isEmpty = (query) => !query.words && !query.like && !query.picture;

export const same = (one, other) => Object.keys(EMPTY).every((name) => one[name] === other[name]);

// The address of a question; a picture has none, it travels in the history beside it.
export function address(query) {
  const given = new URLSearchParams();
  if (query.words) given.set("q", query.words);
  if (query.like) given.set("like", query.like);
  if (query.by) given.set("by", query.by);
  if (query.sort !== EMPTY.sort) given.set("sort", query.sort);
  if (query.all) given.set("all", "true");
  return isEmpty(query) ? location.pathname : `?${given}`;
}

export function fromAddress(picture = null) {
  const given = new URLSearchParams(location.search);
  const found = {
    words: given.get("q") ?? "",
    like: given.get("like") ?? "",
    picture,
    by: given.get("by") ?? "",
    sort: given.get("sort") === "date" ? "date" : EMPTY.sort,
    all: given.get("all") === "true",
  };
  return isEmpty(found) ? EMPTY : found;
}

// ---- filters inside the words, as the query language writes them: name:value, name:"two words"

const TOKEN = /-?(?:([\p{L}][\w-]*):(?:>=|<=|[<>=])?)?(?:"[^"]*"?|[^\s"]+)/gu;

function tokens(words) {
  return [...words.matchAll(TOKEN)].map(([text, name]) => ({ text, name: name ?? "" }));
}

// What is excluded is no filter that a row shows, sets or takes away.
const demanded = (text) => !text.startsWith("-");

// The value of a filter in the words, without its quotes; "" where it is not there.
export function filterValue(words, name) {
  const token = tokens(words).find((one) => one.name === name && demanded(one.text));
  return token ? token.text.slice(token.text.indexOf(":") + 1).replaceAll('"', "") : "";
}

export const hasFilter = (words, written) => tokens(words).some((one) => one.text === written);

// The words with the filter set to what is given, or without it where that is empty.
export function withFilter(words, name, value, isMine = demanded) {
  const kept = tokens(words).filter((one) => one.name !== name || !isMine(one.text));
  const quoted = /[\s",;]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
  return [...kept.map((one) => one.text), ...(value ? [`${name}:${quoted}`] : [])].join(" ");
}
