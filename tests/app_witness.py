"""A browser's tab that notes what should not have happened in it."""

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
]  # fmt: skip
"""Flags of a browser that runs as root, without a screen, and asks nobody anything."""


class Witness:
    """A tab, and everything that should not have happened in it."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        self.address = address
        self.wrong: list[str] = []
        context = browser.new_context(**options)  # type: ignore[arg-type]
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
