"""Runs that stand for the indexing of a page, and a page that they are given to."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
from app_colours import ColourEncoder, load_colours
from fakes import make_row, unit_vectors

from vladva.app.jobs import Indexing
from vladva.app.keeping import Run
from vladva.app.session import Session
from vladva.indexes.events import Event, Watching
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy
from vladva.protocols import Encoder

WAIT_S = 60


class Runs:
    """Stands for `index_folders`: tells what it is told, then watches until it is stopped."""

    def __init__(self, library: Library, *told: Event, error: Exception | None = None) -> None:
        self._library = library
        self._told = told
        self._error = error
        self.folders: list[list[Path]] = []

    def __call__(
        self, encoder: Encoder, folders: Sequence[Path], stop: threading.Event
    ) -> Generator[Event, None, None]:
        if self._library.locked():
            raise Busy("Another program writes.", "")
        self.folders.append(list(folders))
        if self._error is not None:
            raise self._error
        with self._library.lock():
            yield from self._told
            yield Watching(len(folders))
            assert stop.wait(WAIT_S)


def known(library: Library, folder: Path) -> Path:
    """A root of the library, and one row, as a run would have left them."""
    folder.mkdir()
    used = ColourEncoder()
    library.add_root(folder)
    library.activate(used.name, used.fingerprint, used.dim)
    store = LanceStore(library.folder, used.fingerprint, used.dim)
    store.put([make_row(1)], unit_vectors(np.random.default_rng(0), 1, used.dim))
    return folder


def indexing(library: Library, runs: Run) -> Indexing:
    return Indexing(Session(library, load_colours), runs, lambda _stop: iter(()), Throttle())


def watches(page: Indexing) -> bool:
    return page.report.stage == "watching"


def end(page: Indexing) -> None:
    """Else a run that does not hear of its stop would only make its test slow."""
    page.stop()
    assert page.wait(WAIT_S)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)
