// The hits of one question, fetched in steps, wherever the eye is. Only so many stay in memory.

export const PAGE = 100;
const KEPT = 40; // pages

export class Hits {
  // `fetchPage(offset, signal)` answers as `/api/search` does; `changed` is called with every news.
  constructor(fetchPage, changed, failed) {
    Object.assign(this, { fetchPage, changed, failed });
    this.clear();
  }

  clear() {
    this.stop?.abort();
    this.stop = new AbortController();
    this.pages = new Map(); // number → hits
    this.total = 0;
    this.moved = 0; // hits of the first page that the second stage has put elsewhere
    this.wanted = null;
    this.busy = false;
  }

  // The first page, as the first stage has it.
  begin(answer) {
    this.clear();
    this.pages.set(0, answer.results);
    this.total = Math.max(answer.total ?? 0, answer.results.length);
  }

  // The first page again, as the second stage has ordered it.
  refine(answer) {
    const before = (this.pages.get(0)?.length ?? 0) + this.moved;
    this.moved = Math.max(0, before - answer.results.length);
    this.pages.set(0, answer.results);
    this.total = Math.max((answer.total ?? 0) - this.moved, answer.results.length); // `total` counts stage one
  }

  // A hit by its place, null where it has not come yet.
  at(place) {
    const [number, step] = this.where(place);
    return this.pages.get(number)?.[step] ?? null;
  }

  where(place) {
    const first = this.pages.get(0)?.length ?? 0;
    if (place < first) return [0, place];
    const offset = place + this.moved;
    return [Math.floor(offset / PAGE), offset % PAGE];
  }

  // Fetches what is missing between two places; the latest wish goes first.
  need(from, to) {
    this.wanted = [from, to];
    if (!this.busy) this.work();
  }

  missing() {
    if (!this.wanted) return null;
    const [from, to] = this.wanted.map((place) => this.where(place)[0]);
    for (let number = from; number <= to; number += 1) if (!this.pages.has(number)) return number;
    return null;
  }

  async work() {
    const { signal } = this.stop;
    this.busy = true;
    for (let number = this.missing(); number !== null; number = this.missing()) {
      try {
        const answer = await this.fetchPage(number * PAGE, signal);
        if (signal.aborted) return;
        this.pages.set(number, answer.results);
        this.forget();
        this.changed();
      } catch (error) {
        if (signal.aborted) return;
        this.wanted = null;
        this.failed(error);
      }
    }
    this.busy = false;
  }

  // Pages far from where the eye is go; the first stays, as the second stage may change it.
  forget() {
    const near = this.where(this.wanted[0])[0];
    const far = [...this.pages.keys()].filter((number) => number).sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const number of far.slice(0, Math.max(0, this.pages.size - KEPT))) this.pages.delete(number);
  }

  // The hit at a place, fetched where it has to be.
  async get(place) {
    if (this.at(place)) return this.at(place);
    const [number, step] = this.where(place);
    const answer = await this.fetchPage(number * PAGE, this.stop.signal);
    this.pages.set(number, answer.results);
    return answer.results[step] ?? null;
  }
}
