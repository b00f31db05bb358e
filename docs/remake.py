"""Remake what the documents show of the program: commands, rooms, and the screenshots.

    make docs

Needs Debian's chromium for the screenshots; draws the demo library anew in a temporary folder.
"""

import ast
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ROOMS = (
    "vladva",
    "vladva/encoders",
    "vladva/hub",
    "vladva/toyland",
    "vladva/mini",
    "vladva/clip_mini",
    "vladva/benchmarks",
    "trainer",
    "trainer/lab",
    "indexes",
    "indexes/facts",
    "indexes/watching",
    "indexes/health",
    "indexes/query",
    "indexes/ranking",
    "indexes/figures",
    "app",
)
START, END = "<!-- remade by `make docs` -->", "<!-- end -->"
PORT = 7893
_BY_DAY = "?" + urllib.parse.urlencode({"q": "a white train to the right of a brown bike"})
_BY_NIGHT = "?" + urllib.parse.urlencode({"q": "a castle, no people after:2015"})
SHOTS = {
    "search.png": (_BY_DAY, 1280, 860, "light"),
    "search_night.png": (_BY_NIGHT, 1280, 860, "dark"),
    "search_phone.png": (_BY_DAY, 390, 860, "light"),
    "library.png": ("library", 1280, 860, "light"),
    "versus.png": (f"{_BY_DAY}&by=both", 1280, 780, "light"),
}
"""File → address, width, height and colours of what the README shows."""
LOOKED = "[data-checked], .v-versus img, .v-roots"
"""There once both stages have answered, or both encoders, or the folders are listed."""
CHROMIUM = "/usr/bin/chromium"


def command_block() -> str:
    """The section "Commands" of `vladva --help`."""
    command = [sys.executable, "-m", "vladva.app", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    lines = shown.stdout.split("Commands:\n", 1)[1].splitlines()
    wanted = [line.removeprefix("  ") for line in lines if line.startswith("  ")]
    return "\n".join(wanted[: len(wanted) - _epilog_lines(lines)])


def _epilog_lines(lines: list[str]) -> int:
    """How many indented lines stand behind the empty line after the commands."""
    end = lines.index("") if "" in lines else len(lines)
    return sum(line.startswith("  ") for line in lines[end:])


def rooms_block() -> str:
    """Every module with the first line of its docstring, room by room."""
    lines = []
    for room in ROOMS:
        lines.append(f"{room}/")
        for path in sorted((ROOT / room).glob("*.py")):
            said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            lines.append(f"  {path.name:<22}{said.partition(chr(10))[0]}".rstrip())
    return "\n".join(lines)


def with_block(text: str, block: str) -> str:
    """The document with this block between its two marks."""
    before, rest = text.split(START, 1)
    _, after = rest.split(END, 1)
    return f"{before}{START}\n```\n{block}\n```\n{END}{after}"


def remade() -> dict[Path, str]:
    """Each document as it should be."""
    blocks = {README: command_block(), ARCHITECTURE: rooms_block()}
    return {
        path: with_block(path.read_text(encoding="utf-8"), block) for path, block in blocks.items()
    }


@contextmanager
def served(library: Path) -> Iterator[str]:
    """The page of a library while the context lasts."""
    program = [sys.executable, "-m", "vladva.app", "--library", str(library)]
    command = [*program, "ui", "--port", str(PORT), "--no-browser"]
    address = f"http://127.0.0.1:{PORT}/"
    with subprocess.Popen(command) as process:  # noqa: S603
        try:
            _wait_for(address)
            _wait_until_idle(address)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str, seconds: float = 120) -> None:
    for _ in range(int(seconds * 4)):
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def _wait_until_idle(address: str, seconds: float = 120) -> None:
    """Until everything is indexed, and it only watches."""
    for _ in range(int(seconds * 4)):
        with urllib.request.urlopen(f"{address}api/status", timeout=20) as reply:  # noqa: S310
            run = json.load(reply)["run"]
        if run["stage"] == "watching" and not run["running"]:
            return
        time.sleep(0.25)
    raise TimeoutError(f"{address} is busy still: {run}")


def take_screenshots(address: str, folder: Path) -> None:
    """The demo library as a person sees it: by day, by night, on a phone, and its own page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (place, width, height, scheme) in SHOTS.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page.goto(address + place)
            page.wait_for_selector(LOOKED, timeout=120_000, state="attached")
            if name == "search.png":
                page.locator('.v-grid [data-cell="0"]').hover()  # what was checked of it
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1000)
            page.screenshot(path=folder / name)
            page.close()
        browser.close()


def main() -> None:
    """Remake all."""
    for path, text in remade().items():
        path.write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / "library"
        command = [sys.executable, "-m", "vladva.app", "--library", str(library), "demo", "--no-ui"]
        command += ["--baseline", "clip-mini"]
        subprocess.run(command, check=True)  # noqa: S603
        with served(library) as address:
            take_screenshots(address, ROOT / "docs")


if __name__ == "__main__":
    main()
