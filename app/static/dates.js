// Dates of photos as people read them; a camera's local time stays what it was.

import { LOCALE } from "./words.js";

export function when(text) {
  const date = text ? new Date(text) : null;
  return date && !Number.isNaN(date.getTime()) ? date : null;
}

export const long = (text) => when(text)?.toLocaleString(LOCALE, { dateStyle: "long", timeStyle: "short" }) ?? text ?? "";

export const short = (text) => when(text)?.toLocaleDateString(LOCALE, { day: "numeric", month: "short", year: "numeric" }) ?? "";

// The day before or after one, as yyyy-mm-dd.
export function shifted(day, days) {
  const date = new Date(`${day}T12:00:00Z`);
  if (Number.isNaN(date.getTime())) return "";
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

// 2023 → 2023-01-01, 2023-05 → 2023-05-01, anything else that is no day → "".
export function firstDay(text) {
  const found = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(text);
  return found ? `${found[1]}-${found[2] ?? "01"}-${found[3] ?? "01"}` : "";
}
