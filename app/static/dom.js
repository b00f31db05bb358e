// Elements from plain values. Text is always text: nothing from a photo's name or metadata is HTML.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !["list", "form"].includes(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.5a1 1 0 1 1-2 0 1 1 0 0 1 2 0",
  close: "M6 6l12 12M18 6L6 18",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  similar: "M4 4h7v7H4zM13 13h7v7h-7zM17 4v7M13.500 7.500h7M7.500 13v7M4 16.500h7",
  copy: "M8 8h11v11H8zM5 15V5h10",
  folder: "M3 6h6l2 2h10v11H3z",
  check: "M5 12.500l4.500 4.500L19 7",
  cross: "M7 7l10 10M17 7L7 17",
  unsure: "M9 9.500a3 3 0 1 1 4.200 2.750c-.8.4-1.200.9-1.200 1.750M12 17.500v.1",
  stack: "M8 8h12v12H8zM4 16V4h12",
  star: "M12 3.800l2.500 5.200 5.700.8-4.100 4 1 5.700-5.100-2.700-5.100 2.700 1-5.700-4.100-4 5.700-.8z",
  sliders: "M4 8h9M17 8h3M15 6v4M4 16h3M11 16h9M9 14v4",
  eye: "M2.500 12s3.500-6.500 9.500-6.500 9.500 6.500 9.500 6.500-3.500 6.500-9.500 6.500S2.500 12 2.500 12M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  download: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function fileName(path) {
  return path.split(/[\\/]/).pop();
}

export function bytes(number) {
  for (const unit of ["B", "kB", "MB"]) {
    if (number < 1000) return `${Math.round(number)} ${unit}`;
    number /= 1000;
  }
  return `${number.toFixed(1)} GB`;
}

export function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
