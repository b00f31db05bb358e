// Questions to our own routes. A refusal comes as the words that the program has for it.

import * as words from "./words.js";

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
    throw new Refusal(words.trouble.away, words.trouble.awayHint);
  }
  if (reply.status === 401) return wayIn();
  const body = await reply.json().catch(() => null);
  if (reply.ok && body) return body;
  throw new Refusal(body?.message ?? words.trouble.status(reply.status), body?.hint ?? "", reply.status);
}

// Whoever is not known any more is asked for the password; the address, and so the question, stays.
function wayIn() {
  location.reload();
  return new Promise(() => {}); // nothing to say: the page goes
}

export const pulse = () => ask("/api/index");
export const status = () => ask("/api/status");
export const thumb = (id) => `/api/thumb/${encodeURIComponent(id)}`;
export const photo = (id) => `/api/photo/${encodeURIComponent(id)}`;

// `query` as in `query.js`. `verify`: 0 for the first stage alone, null for as many as suit the model.
export function search(query, { offset = 0, limit = 60, verify = null } = {}, signal = undefined) {
  const given = new URLSearchParams({ limit, offset });
  if (query.words) given.set("q", query.words);
  if (query.like) given.set("like", query.like);
  if (query.by) given.set("by", query.by);
  if (query.sort && query.sort !== "relevance") given.set("sort", query.sort);
  if (query.all) given.set("all", "true");
  if (verify !== null) given.set("verify", verify);
  if (!query.picture) return ask(`/api/search?${given}`, { signal });
  const body = new FormData();
  body.append("image", query.picture);
  return ask(`/api/search?${given}`, { method: "POST", body, signal });
}

export const json = (method, body) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const original = (id) => `/api/original/${encodeURIComponent(id)}`;

const marksOf = (id) => `/api/marks/${encodeURIComponent(id)}`;

// What was said of a photo under the words that found it: "right", "wrong" or null.
export const marked = (id, query) => ask(`${marksOf(id)}?${new URLSearchParams({ q: query })}`);
export const mark = (id, query, said) => ask(marksOf(id), json("PUT", { query, mark: said }));

export const saved = () => ask("/api/saved");
export const save = (name, query, sort) => ask("/api/saved", json("POST", { name, query, sort }));
export const forget = (name) => ask(`/api/saved?name=${encodeURIComponent(name)}`, { method: "DELETE" });

export function match(picture, texts, signal) {
  const body = new FormData();
  body.append("image", picture);
  if (texts.trim()) body.append("texts", new Blob([texts], { type: "text/plain" }), "texts");
  return ask("/api/match?limit=20", { method: "POST", body, signal });
}

export const index = (wanted) => ask("/api/index", json("POST", wanted));

const wish = (name, body = {}) => ask(`/api/index/${name}`, json("POST", body));

export const pause = () => wish("pause");
export const resume = () => wish("resume");
export const throttle = (share) => wish("throttle", { share });
export const stop = () => ask("/api/index", { method: "DELETE" });

// What the model makes of `asked`: {picture}, {photo} (an id of the library) or {text}.
export function inside(asked, signal) {
  const given = new URLSearchParams(asked.picture ? {} : asked.photo ? { photo: asked.photo } : { text: asked.text });
  const body = asked.picture ? new FormData() : undefined;
  body?.append("image", asked.picture);
  return ask(`/api/inside?${given}`, { method: "POST", body, signal });
}

// Both encoders of the demo on the same words.
export const versus = (words, limit, signal) => ask(`/api/versus?${new URLSearchParams({ q: words, limit })}`, { signal });

export const insideFacts = () => ask("/api/inside");
export const comparison = () => ask("/api/inside/prompts");
export const compare = (where, limit) => ask("/api/inside/prompts", json("POST", { where, limit }));
export const stopComparing = () => ask("/api/inside/prompts", { method: "DELETE" });
