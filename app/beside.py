"""The demo's baseline beside its model: the same words, answered by two towers of the same size.

Only a demo library has one, and only where this build holds its weights. Refuses to know the
terminal and the page.
"""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from vladva.app.answers import Answer, photos_answer
from vladva.encoders.source import not_packaged
from vladva.errors import ConfigError
from vladva.indexes.asked import Asked
from vladva.indexes.events import Event, Summary
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.search import Searcher
from vladva.indexes.throttle import Throttle
from vladva.presets import PRESETS, is_cached
from vladva.protocols import Encoder

BASELINE = "clip-mini"
DRAWN = "demo"
"""The setting that a library has once the demo was drawn for it."""
_WHOLE = "demo_beside"
"""The setting that it has once the baseline has looked at all of it: that one's fingerprint."""


def drawn_folder(library: Path) -> Path:
    """Where the drawings of a demo library lie: beside it."""
    return library.with_name(library.name + "-drawn")


def is_here() -> bool:
    """Whether this build holds the baseline's weights."""
    return is_cached(PRESETS[BASELINE])


def check_here() -> None:
    """Raise `ModelError` with the remedy where it does not."""
    if not is_here():
        raise not_packaged(BASELINE)


def is_demo(library: Library) -> bool:
    """Whether the demo was drawn for this library, and is in it still."""
    folder = os.fspath(drawn_folder(library.folder).resolve())
    known = any(root.path == folder for root in library.roots())
    return known and library.get(DRAWN) is not None


def beside(library: Library) -> str | None:
    """The baseline's name where this library can be asked through it too, else None."""
    if not is_demo(library) or not is_here():
        return None
    whole = library.get(_WHOLE)  # a table that was forgotten since is no encoder's any more
    known = any(one.model == BASELINE and one.fingerprint == whole for one in library.encoders())
    return BASELINE if known else None


def offer(library: Library) -> dict[str, str] | None:
    """The switch that the page of a demo has; None for other libraries.

    `message` and `hint` say why the baseline cannot be asked, and what to do; "" where it can.
    """
    if not is_demo(library):
        return None
    if not is_here():
        missing = not_packaged(BASELINE)
        return {"name": BASELINE, "message": missing.message, "hint": missing.hint}
    if beside(library) is None:
        message = f"{BASELINE} has not seen all pictures of this demo yet."
        hint = "Library shows how far it is; if it was stopped, “Look for changes” there goes on."
        return {"name": BASELINE, "message": message, "hint": hint}
    return {"name": BASELINE, "message": "", "hint": ""}


def index_beside(
    library: Library,
    folder: Path,
    encoder: Encoder,
    stop: threading.Event | None = None,
    throttle: Throttle | None = None,
) -> Iterator[Event]:
    """Index the demo's folder with the baseline; the encoder in use stays in use.

    It can be asked once this has come to its end.
    """
    stop = stop or threading.Event()
    library.set(_WHOLE, None)
    run = index_folders(library, encoder, [folder], stop=stop, throttle=throttle, beside=True)
    for event in run:
        if isinstance(event, Summary) and not stop.is_set():
            library.set(_WHOLE, encoder.fingerprint)
        yield event


class Beside:
    """Answers by the baseline, loaded when first asked for. Threads may share it."""

    def __init__(self, library: Library, load: Callable[..., Encoder]) -> None:
        self._library = library
        self._folder = drawn_folder(library.folder)
        self._load = load
        self._gate = threading.Lock()
        self._made: tuple[Encoder, Searcher] | None = None

    def due(self) -> bool:
        """Whether a demo is here that the baseline could see, and has not seen all of."""
        return is_demo(self._library) and is_here() and beside(self._library) is None

    def index(self, stop: threading.Event, throttle: Throttle) -> Iterator[Event]:
        """Make the demo askable; no events where it was forgotten meanwhile."""
        encoder = self._load(BASELINE)
        if is_demo(self._library):
            yield from index_beside(self._library, self._folder, encoder, stop, throttle)

    def find(self, asked: Asked, words: str) -> Answer:
        """Photos for a question. Raises `ConfigError` where this library has no baseline."""
        with self._gate:
            encoder, searcher = self._made = self._made or self._loaded()
            found = searcher.find(asked)
        return photos_answer(words, asked.query, encoder.name, encoder.fingerprint, found)

    def _loaded(self) -> tuple[Encoder, Searcher]:
        if beside(self._library) is None:
            raise ConfigError(
                f"This library cannot be asked through {BASELINE}.",
                "`vladva demo` makes one that can, where the build holds its weights.",
            )
        encoder = self._load(BASELINE)
        return encoder, Searcher(self._library, encoder)
