// One question in two stages: the first paints at once, the second looks closer and may be stopped.

import { search } from "./api.js";
import { PAGE } from "./hits.js";

const CALM_MS = 350; // whoever goes on typing is not yet worth a closer look

export class Asking {
  // Called with what happens: painted(answer), checking(on), refined(answer), failed(error), unchecked(error).
  constructor(told) {
    this.told = told;
    this.running = new AbortController();
    this.looking = new AbortController();
  }

  stop() {
    this.running.abort();
    this.stopChecking();
  }

  // The closer look ends; what is there stays.
  stopChecking() {
    clearTimeout(this.calm);
    this.looking.abort();
    this.told.checking(false);
  }

  async ask(query) {
    this.stop();
    const running = (this.running = new AbortController());
    try {
      const answer = await search(query, { limit: PAGE, verify: 0 }, running.signal);
      if (running.signal.aborted) return;
      this.told.painted(answer);
      if (isWorthALook(query, answer)) this.calm = setTimeout(() => this.look(query), CALM_MS);
    } catch (error) {
      if (!running.signal.aborted) this.told.failed(error);
    }
  }

  async look(query) {
    const looking = (this.looking = new AbortController());
    this.told.checking(true);
    try {
      const answer = await search(query, { limit: PAGE }, looking.signal);
      const looked = answer.results.concat(answer.almost ?? []).some((hit) => hit.why?.length);
      if (looked && !looking.signal.aborted) this.told.refined(answer);
    } catch (error) {
      if (!looking.signal.aborted) this.told.unchecked(error);
    }
    if (!looking.signal.aborted) this.told.checking(false);
  }
}

// There is something to check only where words say what should be seen, or not be seen.
function isWorthALook(query, answer) {
  const meant = answer.interpreted?.positive || answer.interpreted?.forbid?.length;
  return Boolean(query.words && meant && !query.by && answer.results.length);
}
