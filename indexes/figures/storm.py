"""What a watching run makes of more events than it can hold, and of folders that wander.

    python -m vladva.indexes.figures.storm --files 20000

One JSON object a line on stdout: a storm of new files, with marks for a few folders only; the
tree renamed; the root away and back. `whole_looks` are walks over the whole root: two make one
reconcile, since a file is taken when two looks agree. Seconds depend on the machine.
"""

import argparse
import io
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vladva.indexes.changes import Desk
from vladva.indexes.commits import Commits
from vladva.indexes.events import Event
from vladva.indexes.figures.swatch import Swatch
from vladva.indexes.inbox import Inbox
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.scopes import Scope, open_scopes
from vladva.indexes.survey import Survey
from vladva.indexes.tally import Tally
from vladva.indexes.turns import Manner, Turns
from vladva.indexes.watching.attend import Attendant, Attending

_MARKS = 8
_PER_FOLDER = 20
_PATIENCE_S = 3600.0


class _Counting(Turns):
    whole_looks = 0

    def look(self, scopes: Sequence[Scope], *, anew: bool = True) -> Generator[Event, None, Survey]:
        self.whole_looks += any(scope.folder == scope.root.path for scope in scopes)
        return (yield from super().look(scopes, anew=anew))


def measure(files: int) -> Iterator[dict[str, Any]]:
    """The three figures, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="vladva-storm-") as scratch:
        photos = Path(scratch, "photos")
        draw(photos / "first", 2, 0)
        place = Path(scratch, "library")
        with Library.open(place, create=True) as library, _watched(library, photos) as turns:
            yield _storm(turns, photos, files)
            yield _renamed(turns, photos, files)
            yield _away(turns, photos, library)


def draw(folder: Path, files: int, start: int) -> None:
    """Small JPEGs, twenty to a folder: different files, as quick as they can be written."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels).resize((48, 32)).save(held, "JPEG")
    for number in range(start, start + files):
        place = folder / f"{number // _PER_FOLDER:04}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.jpg").write_bytes(held.getvalue() + number.to_bytes(4, "big"))


def _storm(turns: _Counting, photos: Path, files: int) -> dict[str, Any]:
    before, looks, start = turns.tally.counts["indexed"], turns.whole_looks, time.monotonic()
    draw(photos / "tree", files, 1000)
    written = time.monotonic() - start
    _until(lambda: turns.tally.counts["indexed"] >= before + files)
    return {
        "figure": "storm",
        "files": files,
        "marks": _MARKS,
        "written_s": round(written, 2),
        "found": turns.tally.counts["indexed"] - before,
        "whole_looks": turns.whole_looks - looks,
        "seconds": round(time.monotonic() - start, 2),
    }


def _renamed(turns: _Counting, photos: Path, files: int) -> dict[str, Any]:
    before = turns.tally.mark().counts
    (photos / "tree").rename(photos / "forest")
    _until(lambda: turns.tally.counts["moved"] >= before["moved"] + files)
    done = turns.tally.mark().counts - before
    facts = {name: done[name] for name in ("moved", "decodes", "encodes", "removed")}
    return {"figure": "rename", "files": files, **facts}


def _away(turns: _Counting, photos: Path, library: Library) -> dict[str, Any]:
    before, rows = turns.tally.mark().counts, len(turns.store.known())
    photos.rename(photos.with_name("elsewhere"))
    _until(lambda: library.roots()[0].state == "offline")
    photos.with_name("elsewhere").rename(photos)
    _until(lambda: library.roots()[0].state == "watched")
    done = turns.tally.mark().counts - before
    lost = rows - len(turns.store.known())
    return {"figure": "away", "rows": rows, "rows_lost": lost, "encodes": done["encodes"]}


@contextmanager
def _watched(library: Library, photos: Path) -> Iterator[_Counting]:
    """A run that stays, in a thread, as `pipeline` would start it."""
    encoder, stop = Swatch(), threading.Event()
    with library.lock(), Commits() as commits, Inbox(library) as inbox:
        library.activate(encoder.name, encoder.fingerprint, encoder.dim)
        store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
        tally = Tally()
        turns = _Counting(Desk(library, store, commits), store, encoder, Manner(stop=stop), tally)
        attendant = Attendant(turns, inbox, Attending(marks=_MARKS))
        ready = threading.Event()
        thread = threading.Thread(target=_run, args=(attendant, turns, photos, ready))
        thread.start()
        try:
            ready.wait()
            yield turns
        finally:
            stop.set()
            thread.join()


def _run(attendant: Attendant, turns: _Counting, photos: Path, ready: threading.Event) -> None:
    try:
        with attendant:
            for event in attendant.begin(open_scopes(turns.library, [photos])):
                turns.tally.take(event)
            for event in attendant.stay():
                turns.tally.take(event)
                ready.set()
    finally:
        ready.set()
        turns.manner.stop.set()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it was never found"
        time.sleep(0.05)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    for figure in measure(parser.parse_args().files):
        sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
