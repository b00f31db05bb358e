// Where hits stand in the grid: each has a place, and an unfolded one has its near-duplicates behind it.

export class Stacks {
  constructor() {
    this.open = new Map(); // place of a hit → how many stand behind it
  }

  clear() {
    this.open.clear();
  }

  toggle(place, count) {
    if (this.open.has(place)) this.open.delete(place);
    else this.open.set(place, count);
  }

  get extra() {
    return [...this.open.values()].reduce((sum, count) => sum + count, 0);
  }

  // Cell of the grid → [place of its hit, 0 for the hit itself or the number of its near-duplicate].
  at(cell) {
    let before = 0;
    for (const [place, count] of [...this.open].sort((a, b) => a[0] - b[0])) {
      if (cell <= place + before) break;
      if (cell <= place + before + count) return [place, cell - place - before];
      before += count;
    }
    return [cell - before, 0];
  }

  cell(place) {
    let cell = place;
    for (const [other, count] of this.open) if (other < place) cell += count;
    return cell;
  }
}
