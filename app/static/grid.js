// Hits as a grid of which only what is near the eye exists: as smooth with ten thousand as with ten.

import { el } from "./dom.js";
import { between, corner, geometry, height } from "./geometry.js";
import { focusIn, walking } from "./grid_keys.js";
import { Stacks } from "./stacks.js";
import { empty, tile } from "./tile.js";
import * as words from "./words.js";

const BEYOND = 0.75; // screens above and below that are made already
const FAST = 0.005; // screens in a millisecond: a photo in sight for less than 200 ms is not seen, so its tile is not finished
const SETTLED_MS = 90;
const IN_A_FRAME = 8; // tiles made in one frame of a page that stands already: all at once would be felt
const FRAME_MS = 16;
const MOVE_MS = 600;

export class Grid {
  // `open(place, number)`, `similar(hit)`: what a tile is for. Hits come from a `Hits`.
  constructor(hits, { open, similar }) {
    Object.assign(this, { hits, open, similar });
    this.stacks = new Stacks();
    this.shown = new Map(); // key → {node, cell}
    this.focus = 0; // the cell that the keyboard is on
    this.element = el("div", { className: "v-grid", role: "group" });
    this.element.setAttribute("aria-label", words.tile.results);
    this.seen = this.looked = 0; // where the eye was when the page moved last, and when that was
    this.range = this.sight = [0, 0]; // cells near the eye, and those in sight
    this.fast = false; // whether it moved too fast then for a photo to be seen
    addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.reshape()).observe(this.element);
    walking(this);
  }

  get cells() {
    return this.hits.total + this.stacks.extra;
  }

  // Everything anew: another question.
  restart() {
    const held = this.element.contains(document.activeElement);
    for (const { node } of this.shown.values()) node.remove();
    this.shown.clear();
    this.stacks.clear();
    this.focus = 0;
    this.reshape();
    if (held) focusIn(this.element, 0);
  }

  // The same tiles at other places: whoever stays is seen to move.
  move() {
    this.stacks.clear();
    this.element.classList.add("v-moving");
    clearTimeout(this.still);
    this.still = setTimeout(() => this.element.classList.remove("v-moving"), MOVE_MS);
    this.refresh();
  }

  refresh() {
    this.stale = true;
    this.reshape();
  }

  reshape() {
    this.whole = true; // what is seen now is made at once
    const width = this.element.clientWidth;
    if (!width) return;
    this.shape = geometry(width);
    this.element.style.height = `${height(this.shape, this.cells)}px`;
    this.element.dataset.cells = this.cells;
    this.element.style.setProperty("--v-cell", `${this.shape.size}px`);
    this.draw();
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => this.glance());
  }

  // Most frames of a scroll show the cells of the one before, elsewhere.
  glance() {
    this.frame = undefined;
    if (!this.shape) return;
    const before = [...this.range, ...this.sight];
    this.look();
    if (this.waits || [...this.range, ...this.sight].some((cell, at) => cell !== before[at])) this.draw();
    else this.soonSettle();
  }

  // Where the eye is, and the cells that are in sight and near it.
  look() {
    const top = -this.element.getBoundingClientRect().top;
    if (top !== this.seen) this.roll(top);
    this.range = between(this.shape, this.cells, top - BEYOND * innerHeight, top + (1 + BEYOND) * innerHeight);
    this.sight = between(this.shape, this.cells, top, top + innerHeight);
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    if (!this.shape) return;
    const held = this.element.contains(document.activeElement);
    this.look();
    const [first, last] = this.range;
    const keys = this.keys(this.cellsWanted(first, last));
    for (const [key, { node }] of this.shown) if (!keys.has(key)) this.drop(key, node);
    for (const [key, cell] of keys) this.put(key, cell);
    this.stale = this.whole = false;
    if (held && !this.element.contains(document.activeElement)) focusIn(this.element, this.focus);
    if (last > first) this.hits.need(this.stacks.at(first)[0], this.stacks.at(last - 1)[0]);
    this.soonSettle();
  }

  soonSettle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), this.fast ? SETTLED_MS : 0);
  }

  cellsWanted(first, last) {
    const cells = Array.from({ length: last - first }, (_, step) => first + step);
    const held = this.element.contains(document.activeElement) && this.focus < this.cells;
    return held && (this.focus < first || this.focus >= last) ? [...cells, this.focus] : cells;
  }

  // key → cell, what is in sight first. What comes with a scroll or a page of hits comes a few tiles a
  // frame; the others wait for the next one as if their hit had not come yet.
  keys(cells) {
    let left = this.whole ? Infinity : IN_A_FRAME;
    const found = new Map();
    for (const cell of cells.sort((one, other) => this.seeing(other) - this.seeing(one))) {
      const key = this.key(cell);
      const later = this.hitAt(cell) && !this.shown.has(key) && left-- <= 0;
      found.set(later ? waiting(cell) : key, cell);
    }
    this.waits = left < 0;
    if (this.waits) this.soon();
    return found;
  }

  hitAt(cell) {
    const [place, number] = this.stacks.at(cell);
    const hit = this.hits.at(place);
    if (!hit || !number) return hit;
    return { ...hit, id: hit.alike_ids[number - 1], path: hit.alike[number - 1], caption: null, taken_at: null, why: [], alike: [], below: true };
  }

  key(cell) {
    const hit = this.hitAt(cell);
    if (!hit) return waiting(cell);
    return hit.below ? `${hit.id} below` : hit.id;
  }

  put(key, cell) {
    let one = this.shown.get(key);
    if (!one || (this.stale && one.cell !== undefined)) {
      const node = key === waiting(cell) ? empty() : this.made(cell);
      if (one) this.replace(one.node, node);
      else this.element.append(node);
      this.shown.set(key, (one = { node, cell: one?.cell }));
    }
    if (one.cell === cell && one.step === this.shape.step) return;
    const [left, top] = corner(this.shape, cell);
    one.node.style.transform = `translate(${left}px, ${top}px)`;
    one.node.dataset.cell = cell;
    Object.assign(one, { cell, step: this.shape.step });
    if (cell === this.focus) this.reachable(one.node);
  }

  // A tile with news in it, in the place and with the focus of the one before.
  replace(before, after) {
    const focused = before.contains(document.activeElement) && document.activeElement.className;
    after.style.transform = before.style.transform;
    after.dataset.cell = before.dataset.cell;
    after.classList.toggle("v-there", before.classList.contains("v-there")); // its picture is at hand
    before.replaceWith(after);
    if (Number(after.dataset.cell) === this.focus) this.reachable(after);
    if (focused) after.querySelector(`.${focused}`)?.focus({ preventScroll: true });
    after.offsetWidth; // laid out where the other was, so that it is seen to move from there
  }

  made(cell) {
    const hit = this.hitAt(cell);
    const [place, number] = this.stacks.at(cell);
    const unfold = hit.alike_ids?.length ? () => this.unfold(this.placeOf(hit), hit) : () => this.open(this.placeOf(hit), 0);
    const act = { open: () => this.open(this.placeOf(hit), number), similar: () => this.similar(hit), unfold };
    return tile(hit, act, { below: hit.below, unfolded: this.stacks.open.has(place), later: this.fast });
  }

  // Where a hit is now: it may have been moved since its tile was made.
  placeOf(hit) {
    return this.stacks.at(this.shown.get(hit.below ? `${hit.id} below` : hit.id)?.cell ?? 0)[0];
  }

  unfold(place, hit) {
    this.stacks.toggle(place, hit.alike_ids.length);
    this.element.classList.add("v-moving");
    clearTimeout(this.still);
    this.still = setTimeout(() => this.element.classList.remove("v-moving"), MOVE_MS);
    this.refresh();
  }

  drop(key, node) {
    const image = node.querySelector("img");
    if (image && !image.complete) image.removeAttribute("src"); // no longer wanted
    node.remove();
    this.shown.delete(key);
  }

  // The page has moved; news that come while it rests for a moment leave its speed as it was.
  roll(top) {
    const now = performance.now();
    this.fast = Math.abs(top - this.seen) > FAST * innerHeight * (now - this.looked);
    Object.assign(this, { seen: top, looked: now });
    this.element.classList.add("v-rolling");
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.element.classList.remove("v-rolling"), SETTLED_MS);
  }

  // Where nothing moves, tiles are whole, a few in a frame, and one of them is in the order of tabs.
  settle() {
    this.fast = false;
    const tiles = [...this.shown.values()];
    if (!tiles.some(({ cell }) => cell === this.focus)) this.focus = this.sight[0];
    const bare = tiles.filter(({ node }) => node.finish).sort((one, other) => this.seeing(other.cell) - this.seeing(one.cell));
    for (const { node } of bare.slice(0, IN_A_FRAME)) node.finish();
    for (const { node, cell } of tiles) if (cell === this.focus) this.reachable(node);
    if (bare.length > IN_A_FRAME) this.settling = setTimeout(() => this.settle(), FRAME_MS);
  }

  seeing(cell) {
    return cell >= this.sight[0] && cell < this.sight[1];
  }

  reachable(node) {
    for (const one of this.element.querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
    for (const button of node.querySelectorAll("button")) button.tabIndex = 0;
  }
}

// The key of a cell whose tile is still to come.
function waiting(cell) {
  return `cell ${cell}`;
}
