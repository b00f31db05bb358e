"""A second encoder that waits for a gate, and pages that can change to it."""

import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import app_fakes
import pytest
from app_colours import ColourEncoder, load_colours, paint
from app_fakes import Page, page
from starlette.testclient import TestClient

from vladva.errors import ModelError
from vladva.protocols import Encoder, Prepared, Vectors

coloured = app_fakes.coloured
WAIT_S = 60
OTHER = str(Path(__file__).resolve().parent)
"""A folder that is there; `load` says what is in it."""
BROKEN = str(Path(__file__).resolve().parent.parent)


class Held(ColourEncoder):
    """The other encoder: reads a photo only when the gate is open, and finds the opposite."""

    gate = threading.Event()
    alive: ClassVar[weakref.WeakSet["Held"]] = weakref.WeakSet()

    def __init__(self) -> None:
        super().__init__(OTHER, "held-1")
        Held.alive.add(self)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        assert Held.gate.wait(WAIT_S)
        return super().encode(pictures)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return -super().encode_texts(texts)


def load(name: str, **options: object) -> Encoder:
    if name == BROKEN:
        raise ModelError("The model broken has no weights.", "Fetch it again.")
    return Held() if name == OTHER else load_colours(name, **options)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Page]:
    """A page that watches a folder of six photos and one that cannot be read."""
    photos = paint(tmp_path / "photos")
    size = (photos / "red.jpg").stat().st_size
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture".ljust(size))
    Held.gate.set()
    with page(tmp_path / "library", load) as made:
        made.indexing.index(photos)
        until(lambda: made.indexing.report.stage == "watching")
        yield made
        Held.gate.set()


@pytest.fixture(scope="module")
def still(coloured: Path) -> Iterator[TestClient]:
    """A page over six photos, for questions that change nothing."""
    with page(coloured, load) as made:
        yield TestClient(made.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture
def client(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def first(client: TestClient, words: str) -> str:
    return Path(client.get("/api/search", params={"q": words}).json()["results"][0]["path"]).stem


def state(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/status").json()
    return found
