"""How the page feels: from the last letter to photos painted, and the longest frame of a scroll.

    python -m vladva.app.measure_page --photos 10000 --scroll 5000

Scenes are drawn into a temporary folder and indexed with mini; `vladva ui` shows them to a real
browser (playwright, of the extra `dev`, and the system's chromium). Words are typed letter by
letter; `painted` is when the tiles of the answer stand, `photos` when each tile in sight shows its
thumbnail. Then the page is scrolled twice, by a third of a screen a frame, which is too fast for
thumbnails, and by a twelfth, until all photos in sight stand; a task of its own shows only from
50 ms on. One JSON object on stdout. The times hold for this machine and for what else it does.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vladva.app.measured_page import START_S, draw, serving, vladva
from vladva.errors import ConfigError, LibraryError, VladvaError

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUERIES = (
    "a red car", "a dog left of a table", "a blue boat at night", "two green trees", "a castle",
    "a yellow ball on a chair", "a white windmill by night", "a cat in the snow",
)  # fmt: skip
BETWEEN_LETTERS_MS = 40
LONG_MS = 100.0
STEPS = {"flick": 3, "stroll": 12}
"""How a page is scrolled → frames a screen."""
_FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info", "--js-flags=--expose-gc"]

_STANDING = """
let since = 0;
window.standing = () => {
  const all = [...document.querySelectorAll(".v-grid > .v-tile")].every((tile) => {
    const {top, bottom} = tile.getBoundingClientRect();
    return top >= innerHeight || bottom <= 0 || tile.querySelector("img")?.naturalWidth;
  });
  since = all ? 0 : since || performance.now();
  if (since && performance.now() - since > 60_000) throw Error("A photo in sight does not come.");
  return all;
};
"""
_TYPE = """async ([words, pause]) => {
  const field = document.querySelector("#v-query input, #v-query textarea");
  const part = document.querySelector(".v-search");
  delete part.dataset.shown;
  let typed = 0;
  for (let end = 1; end <= words.length; end += 1) {
    field.value = words.slice(0, end);
    typed = performance.now();
    field.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise((then) => setTimeout(then, pause));
  }
  const frame = () => new Promise((then) => requestAnimationFrame(() => setTimeout(then)));
  while (part.dataset.shown !== words) await frame();
  await frame();
  const painted = performance.now() - typed;
  while (!standing()) await frame();
  return [painted, performance.now() - typed];
}"""
_SCROLL = """async ([hits, frames_a_screen]) => {
  const grid = document.querySelector(".v-grid");
  const total = Number(grid.dataset.cells);
  const lowest = document.documentElement.scrollHeight - innerHeight - 1;
  const end = Math.min(grid.offsetHeight * Math.min(1, hits / total), lowest);
  const heap = () => { globalThis.gc?.(); return performance.memory.usedJSHeapSize; };
  const frames = [], before = heap();
  const tasks = [];
  const noted = new PerformanceObserver((list) => {
    for (const one of list.getEntries()) tasks.push(one.duration);
  });
  noted.observe({entryTypes: ["longtask"]});
  let most = 0, last = 0;
  const goes = () => {
    if (scrollY >= end) return !frames.length || !standing();
    scrollBy(0, innerHeight / frames_a_screen);
    return true;
  };
  await new Promise((done, fail) => {
    const step = (now) => {
      if (last) frames.push(now - last);
      last = now;
      most = Math.max(most, grid.childElementCount);
      try { goes() ? requestAnimationFrame(step) : done(); } catch (error) { fail(error); }
    };
    requestAnimationFrame(step);
  });
  return {frames, tasks, most, before, after: heap(), reached: Math.min(hits, total)};
}"""


def measure(photos: int, scroll: int, rounds: int) -> dict[str, Any]:
    """The figures. Raises `ConfigError` without a browser, `LibraryError` where a part fails."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise ConfigError("There is no chromium here.", "On Debian: apt install chromium.")
    with tempfile.TemporaryDirectory(prefix="vladva-page-") as scratch:
        base = Path(scratch)
        draw(base / "photos", range(photos))
        _indexed(base / "library", base / "photos")
        with serving(base / "library") as (note, _), _tab(chromium) as tab:
            return {"photos": photos, **_felt(tab, note.port, scroll, rounds)}


def _felt(tab: "Page", port: int, scroll: int, rounds: int) -> dict[str, Any]:
    tab.goto(f"http://127.0.0.1:{port}/?q=a+tree")
    tab.wait_for_selector(".v-tile img", timeout=START_S * 1000)
    typed = [QUERIES[number % len(QUERIES)] for number in range(rounds)]
    took = [tab.evaluate(_TYPE, [words, BETWEEN_LETTERS_MS]) for words in typed]
    return {
        "typing_to_painted_ms": _spread([one[0] for one in took]),
        "typing_to_photos_ms": _spread([one[1] for one in took]),
        **{name: _scrolled(tab, port, scroll, frames) for name, frames in STEPS.items()},
    }


def _scrolled(tab: "Page", port: int, scroll: int, frames_a_screen: int) -> dict[str, Any]:
    tab.goto(f"http://127.0.0.1:{port}/?q=a+red+car&all=true")
    tab.wait_for_selector(".v-tile img", timeout=START_S * 1000)
    tab.wait_for_timeout(3000)  # after load, as it says
    seen = tab.evaluate(_SCROLL, [scroll, frames_a_screen])
    return {
        "scrolled_hits": seen["reached"],
        "frames": len(seen["frames"]),
        "frames_over_100_ms": sum(frame > LONG_MS for frame in seen["frames"]),
        "longest_own_task_ms": round(max(seen["tasks"], default=0.0), 1),
        "frame_ms": {**_spread(seen["frames"]), "longest": round(max(seen["frames"]), 1)},
        "most_tiles": seen["most"],
        "heap_mb": [round(seen[when] / 1e6, 1) for when in ("before", "after")],
    }


def _spread(values: list[float]) -> dict[str, float]:
    import numpy as np

    return {f"p{part}": round(float(np.percentile(values, part)), 1) for part in (50, 95)}


def _indexed(library: Path, folder: Path) -> None:
    call = vladva(library, "index", str(folder), "--model", "mini")
    if subprocess.run(call, capture_output=True, check=False).returncode:  # noqa: S603 - ourselves
        raise LibraryError("The drawn photos were not indexed.", f"Run it: {' '.join(call)}")


@contextmanager
def _tab(chromium: str) -> Iterator["Page"]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ConfigError("playwright is not installed.", "pip install 'vladva[dev]'") from error
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=_FLAGS)
        try:
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            tab.add_init_script(_STANDING)
            yield tab
        finally:
            browser.close()


def main() -> None:
    """The command of the module's first words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--scroll", type=int, default=5_000, help="hits to scroll through")
    parser.add_argument("--rounds", type=int, default=40, help="queries to type")
    chosen = parser.parse_args()
    try:
        found = measure(chosen.photos, chosen.scroll, chosen.rounds)
    except VladvaError as error:
        sys.exit(f"{error.message} {error.hint}")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
