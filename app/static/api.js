// Questions to our own routes. A refusal comes as the words that the program has for it.

export class Refusal extends Error {
  constructor(message, hint, status = 0) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

export async function ask(path, options = {}) {
  let reply;
  try {
    reply = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The program does not answer any more.", "Start it again: vladva ui");
  }
  const body = await reply.json().catch(() => null);
  if (reply.ok && body) return body;
  throw new Refusal(body?.message ?? `The program answered ${reply.status}.`, body?.hint ?? "", reply.status);
}

export const pulse = () => ask("/api/index");
export const status = () => ask("/api/status");
export const thumb = (id) => `/api/thumb/${encodeURIComponent(id)}`;
export const photo = (id) => `/api/photo/${encodeURIComponent(id)}`;

// query: {words, by} (`by`: the second encoder of a demo library, or "") | {like: id} | {picture: File}
export function search(query, offset, limit, signal) {
  const page = new URLSearchParams({ limit, offset });
  if (query.picture) {
    const body = new FormData();
    body.append("image", query.picture);
    return ask(`/api/search?${page}`, { method: "POST", body, signal });
  }
  if (query.like) return ask(`/api/similar/${encodeURIComponent(query.like)}?${page}`, { signal });
  page.set("q", query.words);
  if (query.by) page.set("by", query.by);
  return ask(`/api/search?${page}`, { signal });
}

export function match(picture, texts, signal) {
  const body = new FormData();
  body.append("image", picture);
  if (texts.trim()) body.append("texts", new Blob([texts], { type: "text/plain" }), "texts");
  return ask("/api/match?limit=20", { method: "POST", body, signal });
}

export function index(wanted) {
  return ask("/api/index", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wanted),
  });
}

const wish = (name, body = {}) =>
  ask(`/api/index/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const pause = () => wish("pause");
export const resume = () => wish("resume");
export const throttle = (share) => wish("throttle", { share });
export const stop = () => ask("/api/index", { method: "DELETE" });
