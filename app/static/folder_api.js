// The questions that the library page asks beyond those of every page.

import { ask, json } from "./api.js";

export const folders = (path, signal) => ask(`/api/folders?${new URLSearchParams(path ? { path } : {})}`, { signal });
export const pictures = (path, signal) => ask(`/api/folders/pictures?${new URLSearchParams({ path })}`, { signal });
export const forgetFolder = (folder) => ask("/api/forget", json("POST", { folder }));
export const retry = (reason) => ask("/api/failures/retry", json("POST", { reason }));
export const encoders = () => ask("/api/encoder");
export const cost = (model) => ask("/api/encoder/cost", json("POST", { model }));
export const measure = (model) => ask("/api/encoder/measure", json("POST", { model }));
export const change = (model) => ask("/api/encoder", json("POST", { model }));
export const keep = () => ask("/api/encoder", { method: "DELETE" });
