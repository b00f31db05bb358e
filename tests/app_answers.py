"""Made-up answers of `/api/search` for a page in a browser: as many hits as it takes."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlparse

from PIL import Image
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route

Hit = dict[str, Any]
Answer = dict[str, Any]
Asked = dict[str, str]


def picture() -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (90, 120, 160)).save(out, "JPEG")
    return out.getvalue()


def hit(number: int, **more: object) -> Hit:
    """The hit at a rank from 0; `more` takes the place of what it has by itself."""
    made: Hit = {
        "rank": number + 1,
        "id": f"{number:024x}",
        "path": f"/photos/{number:05}.jpg",
        "score": 0.9 - number * 1e-5,
        "probability": None,
        "level": None,
        "why": [],
        "caption": f"caption {number}",
        "taken_at": "2024-03-05T10:11:12",
        "width": 640,
        "height": 480,
        "alike": [],
    }
    return {**made, **more}


def verdict(text: str, said: str, kind: str = "require") -> dict[str, object]:
    """One constraint and what the second stage says of it."""
    return {"text": text, "kind": kind, "verdict": said, "p": 0.9}


def first_names(tab: Tab, count: int) -> list[str]:
    """The first photos in the order in which they stand, whatever their order in the page."""
    found: list[str] = tab.evaluate(
        """(count) => [...document.querySelectorAll(".v-grid > .v-tile[data-cell]")]
            .sort((a, b) => a.dataset.cell - b.dataset.cell).slice(0, count)
            .map((tile) => tile.querySelector("button").title)""",
        count,
    )
    return [name.rsplit("/", 1)[-1] for name in found]


def cell(number: int) -> str:
    """The selector of the tile in a cell."""
    return f'.v-grid > .v-tile[data-cell="{number}"]'


@dataclass
class Answers:
    """Answers questions in place of the server, and keeps what was asked.

    `checked` makes the second stage's answer of the first's, None: there is none. With `hold`, it
    waits for `release`.
    """

    hits: list[Hit]
    almost: list[Hit] = field(default_factory=list)
    searched: int = 20_000
    chips: Callable[[str], list[dict[str, str]]] = lambda words: [
        {"kind": "meaning", "text": words, "written": words, "without": ""}
    ]
    checked: Callable[[Answer], Answer] | None = None
    hold: bool = False
    held: list[Callable[[], None]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def serve(self, tab: Tab) -> None:
        """Answer what this tab asks, thumbnails and photos too."""
        tab.route("**/api/search?*", self._answer)
        content = picture()
        for kind in ("thumb", "photo"):
            tab.route(
                f"**/api/{kind}/*",
                lambda route: route.fulfill(body=content, content_type="image/jpeg"),
            )

    def _answer(self, route: Route) -> None:
        given = {
            name: text[0] for name, text in parse_qs(urlparse(route.request.url).query).items()
        }
        self.asked.append(given)
        answer = self._made(given)
        if "verify" in given:
            self._told(route, answer)
            return
        answer = self.checked(answer) if self.checked else answer
        if self.hold:
            self.held.append(lambda: self._told(route, answer))
        else:
            self._told(route, answer)

    def release(self) -> None:
        """Let the second stage answer."""
        while self.held:
            self.held.pop()()

    def _told(self, route: Route, answer: Answer) -> None:
        route.fulfill(body=json.dumps(answer), content_type="application/json")

    def _made(self, given: Asked) -> Answer:
        words, start = given.get("q", ""), int(given.get("offset", 0))
        filters = {"x": "y"} if ":" in words else {}
        return {
            "query": words or None,
            "interpreted": {
                "positive": words,
                "forbid": [],
                "literal": [],
                "filters": filters,
                "chips": self.chips(words) if words else [],
            },
            "model": "mini",
            "fingerprint": "made",
            "searched": self.searched,
            "total": len(self.hits),
            "took_ms": {"encode": 1.0, "search": 2.0, "verify": 0.0},
            "results": self.hits[start : start + int(given["limit"])],
            "almost": [] if start else self.almost,
        }
