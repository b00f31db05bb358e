// The grid by keyboard: one tile is in the order of tabs, arrows walk from it.

import { corner } from "./geometry.js";

const STEPS = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (grid) => -grid.shape.columns,
  ArrowDown: (grid) => grid.shape.columns,
  Home: (grid) => -grid.focus,
  End: (grid) => grid.cells - 1 - grid.focus,
};

export function walking(grid) {
  grid.element.addEventListener("focusin", (event) => {
    const node = event.target.closest(".v-tile");
    if (!node || node.dataset.cell === undefined) return;
    grid.focus = Number(node.dataset.cell);
    grid.reachable(node);
  });
  grid.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key]?.(grid);
    if (step !== undefined) {
      event.preventDefault();
      focusCell(grid, grid.focus + step);
    } else if (event.key === "s") {
      const hit = grid.hitAt(grid.focus);
      if (hit) grid.similar(hit);
    }
  });
}

// The keyboard on a cell, scrolled to where it is seen.
export function focusCell(grid, cell) {
  if (cell < 0 || cell >= grid.cells) return;
  grid.focus = cell;
  const top = corner(grid.shape, cell)[1] + grid.element.getBoundingClientRect().top;
  const room = 150; // what stands over the grid at the top of the window
  if (top < room) scrollBy(0, top - room);
  else if (top + grid.shape.size > innerHeight - 12) scrollBy(0, top + grid.shape.size - innerHeight + 12);
  grid.draw();
  const node = grid.element.querySelector(`[data-cell="${cell}"]`);
  if (node) grid.reachable(node);
  focusIn(grid.element, cell);
}

// The photo of a cell, or its place as long as the photo has not come.
export function focusIn(element, cell) {
  const node = element.querySelector(`[data-cell="${cell}"]`);
  (node?.querySelector(".v-open") ?? node)?.focus({ preventScroll: true });
}
