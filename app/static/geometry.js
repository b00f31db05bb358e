// How the cells of a grid lie: columns and sizes for a width, rows for a stretch of the page.

const WIDE = { least: 196, gap: 10 };
const NARROW = { least: 112, gap: 4 };
const MOST_PIXELS = 30_000_000; // browsers lay out no taller element

export function geometry(width) {
  const { least, gap } = width < 640 ? NARROW : WIDE;
  const columns = Math.max(2, Math.floor((width + gap) / (least + gap)));
  const size = (width - gap * (columns - 1)) / columns;
  return { columns, size, step: size + gap, gap };
}

export function height(shape, cells) {
  const rows = Math.ceil(cells / shape.columns);
  return Math.min(MOST_PIXELS, Math.max(0, rows * shape.step - shape.gap));
}

// First and last cell between two heights; to > from only where there is one.
export function between(shape, cells, top, bottom) {
  const first = Math.max(0, Math.floor(top / shape.step)) * shape.columns;
  const last = Math.min(cells, (Math.floor(bottom / shape.step) + 1) * shape.columns);
  return [first, Math.max(first, last)];
}

export function corner(shape, cell) {
  return [(cell % shape.columns) * shape.step, Math.floor(cell / shape.columns) * shape.step];
}
