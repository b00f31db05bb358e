// Hits as tiles: thumbnails that load when they come near, a score, and "similar" on every one.

import { thumb } from "./api.js";
import { el, fileName, icon } from "./dom.js";
import * as lightbox from "./lightbox.js";

export class Grid {
  // `more` is called when the end comes near; `similar` with the hit whose like is wanted.
  constructor({ more, similar }) {
    this.hits = [];
    this.similar = similar;
    this.tiles = el("div", { className: "v-grid" });
    this.end = el("div", { className: "v-end" });
    this.element = el("div", {}, this.tiles, this.end);
    this.watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && more(),
      { rootMargin: "900px" },
    );
  }

  clear() {
    this.watch.disconnect();
    this.hits = [];
    this.tiles.replaceChildren();
  }

  add(hits, isMore) {
    const first = this.hits.length;
    this.hits.push(...hits);
    this.tiles.append(...hits.map((hit, step) => this.tile(hit, first + step)));
    this.watch.disconnect();
    if (isMore) this.watch.observe(this.end);
  }

  tile(hit, at) {
    const name = fileName(hit.path);
    const image = el("img", { src: thumb(hit.id), alt: hit.caption ?? name, decoding: "async" });
    image.loading = at < 24 ? "eager" : "lazy";
    image.addEventListener("error", () => image.closest("figure")?.classList.add("v-gone"));
    const open = el("button", { className: "v-open", type: "button", title: hit.path, onclick: () => lightbox.open(this.hits, at, this.similar) }, image);
    open.setAttribute("aria-label", `Open ${name}`);
    const like = el("button", { className: "v-like", type: "button", title: "Similar photos", onclick: () => this.similar(hit) }, icon("similar"));
    like.setAttribute("aria-label", `Photos similar to ${name}`);
    const score = el("span", { className: "v-score", title: "How near the photo is to the query (cosine)" }, hit.score.toFixed(3));
    return el("figure", { className: "v-tile" }, open, el("figcaption", {}, score, like));
  }
}
