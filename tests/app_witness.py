"""A browser, a page that it looks at, and a tab that notes what should not have happened in it.

Test modules take the fixtures by name: `browser = app_witness.browser`.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_fakes import Page, page, serving
from playwright.sync_api import Browser, expect, sync_playwright
from playwright.sync_api import Page as Tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not here"),
]
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
]  # fmt: skip
"""Flags of a browser that runs as root, without a screen, and asks nobody anything."""

LOOKS: dict[str, dict[str, object]] = {
    f"{width}-{scheme}": {"viewport": viewport, "color_scheme": scheme}
    for width, viewport in (
        ("wide", {"width": 1440, "height": 900}),
        ("narrow", {"width": 390, "height": 844}),
    )
    for scheme in ("light", "dark")
}
LOOK = LOOKS[os.environ["VLADVA_LOOK"]] if "VLADVA_LOOK" in os.environ else {}
"""How tabs look whose test does not choose it all: `make test-looks` takes each in turn."""

expect.set_options(timeout=90_000)  # a machine may be busy; a page that is right is not slow


class Witness:
    """A tab, and everything that should not have happened in it."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        self.address = address
        self.wrong: list[str] = []
        look = {} if options.keys() >= {"viewport", "color_scheme"} else LOOK
        context = browser.new_context(**{**options, **look})  # type: ignore[arg-type]
        self.tab: Tab = context.new_page()
        self.tab.set_default_timeout(60_000)
        self.tab.on("request", lambda request: self._asked(request.url))
        self.tab.on("console", lambda said: self._said(said.type, said.text))
        self.tab.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))

    def open(self, path: str = "/") -> Tab:
        self.tab.goto(self.address + path)
        return self.tab

    def close(self) -> None:
        self.tab.context.close()
        assert self.wrong == []

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address + "/", "blob:", "data:")):
            self.wrong.append(f"request: {url}")

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.wrong.append(f"{kind}: {text}")


TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def serious(tab: Tab) -> list[str]:
    """What axe-core finds wrong in a page that would keep somebody out."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options: dict[str, Any] = {"runOnly": TAGS, "resultTypes": ["violations"]}
    found = axe.run(tab, options=options).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests of a module."""
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="module")
def shown(coloured: Path) -> Iterator[tuple[Page, str]]:
    """A page over the library of colours, and its address; the module needs `coloured` too."""
    with page(coloured) as made, serving(made) as address:
        made.session.warm()
        yield made, address


def overhang(tab: Tab) -> int:
    """Pixels by which the page is wider than its window."""
    over: int = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    return over
