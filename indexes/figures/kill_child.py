"""The run that `kills` kills, and where exactly it dies.

A `Spot` is a moment that no clock decides: the nth event, the nth line of the code that opens a
library, or the first new file in a part of the table after the nth call of a method. Refuses to
know why it is killed.
"""

import os
import signal
import sys
import threading
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from vladva.indexes import lance, reading, resident
from vladva.indexes.figures.swatch import Swatch
from vladva.indexes.lance import LanceStore, table_name
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders

_OPENING = {"home.py", "library.py", "schema.py", "rescue.py", "heal.py", "durable.py", "probe.py"}
_PARTS = {"data": "data", "log": "_transactions", "version": "_versions", "dropped": "_deletions"}
# Said at every fork of a process that has imported it, which does nothing else here.
warnings.filterwarnings("ignore", "lancedb fork support", RuntimeWarning)


@dataclass(frozen=True)
class Spot:
    """When to die: `at` "event" is the parent's business, "line" and a method's name are ours."""

    at: str
    count: int
    part: str = ""
    """Of the table, for a method: the first new file there is the moment."""


def work(folder: Path, photos: Path, spot: Spot, pipe: Connection) -> None:
    """Index `photos`, telling (kind, path) of every event and waiting for leave to go on."""
    reading.COMMIT_S, resident._FILE_FROM = 0.0, 8  # noqa: SLF001 - many small commits and files
    lance._FRAGMENTS = 3  # noqa: SLF001 - and many merges
    if spot.at == "line":
        _die_at_line(spot.count)
    elif spot.at != "event":
        _die_at_file(spot, folder / "tables" / f"{table_name(Swatch.fingerprint)}.lance")
    with Library.open(folder, create=True) as library:
        for event in index_folders(library, Swatch(), [photos], batch_size=4, workers=1):
            pipe.send((event.kind, getattr(event, "path", "")))
            pipe.recv()
        active = library.active()
        assert active is not None
        store = LanceStore(folder, active.fingerprint, active.dim)
        resident.Resident(store, folder / "resident").snapshot()
        pipe.send(("end", ""))


def _die_at_line(count: int) -> None:
    """At the nth line that opening a library runs through."""
    left = [count]

    def trace(frame: FrameType, kind: str, _: object) -> Any:
        if Path(frame.f_code.co_filename).name not in _OPENING:
            return None
        if kind == "line":
            left[0] -= 1
            if left[0] == 0:
                _die()
        return trace

    sys.settrace(trace)


def _die_at_file(spot: Spot, place: Path) -> None:
    """As soon as the nth call of a method has put a file into a part of the table."""
    method = getattr(LanceStore, spot.at)
    calls = [0]

    def watched(*arguments: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == spot.count:
            part = place / _PARTS[spot.part]
            before = _names(part)
            threading.Thread(target=_die_when_new, args=(part, before), daemon=True).start()
        return method(*arguments, **named)

    setattr(LanceStore, spot.at, watched)


def _die_when_new(part: Path, before: set[str]) -> None:
    while _names(part) <= before:
        pass
    _die()


def _names(part: Path) -> set[str]:
    try:
        return set(os.listdir(part))  # noqa: PTH208 - quick, the moment is short
    except FileNotFoundError:
        return set()


def _die() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
