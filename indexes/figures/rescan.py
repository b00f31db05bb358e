"""How long it takes to see that nothing has changed, beside `find` over the same tree.

    python -m vladva.indexes.figures.rescan --files 100000

Empty-handed files in a folder of their own, rows as if all were indexed. Turn by turn, `find` and
a rescan in a running process; then rescans that begin with a new process. One JSON object on
stdout. Seconds depend on the machine and on who else uses it; the ratio hardly does.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np

from vladva.indexes.catalog import FileStamp, Plan
from vladva.indexes.events import Event
from vladva.indexes.figures.plain_row import plain_row
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.scan import walk
from vladva.indexes.scopes import open_scopes
from vladva.indexes.survey import Survey, survey

FINGERPRINT, DIM = "measured", 8
_PER_FOLDER, _ROWS_AT_ONCE = 1000, 5000
_COLD = (
    "import sys; from pathlib import Path; "
    "from vladva.indexes.figures.rescan import look_anew; "
    "look_anew(Path(sys.argv[1]), Path(sys.argv[2]))"
)


def measure(files: int, rounds: int) -> dict[str, Any]:
    """Medians over the rounds, in seconds; needs GNU find."""
    with tempfile.TemporaryDirectory(prefix="vladva-rescan-") as scratch:
        photos, place = Path(scratch, "photos"), Path(scratch, "library")
        draw(photos, files)
        find = ["find", str(photos), "-printf", "%p %s %T@\n"]
        cold = [sys.executable, "-c", _COLD, str(place), str(photos)]
        with Library.open(place, create=True) as library:
            fill(library, photos)
            store = LanceStore(library.folder, FINGERPRINT, DIM)
            known = store.known()
            seconds: dict[str, list[float]] = {"find": [], "rescan": []}
            for _ in range(rounds + 1):
                seconds["find"].append(_timed(lambda: _run(find)))
                seconds["rescan"].append(_timed(lambda: look(library, store, known, photos)))
        seconds = {name: took[1:] for name, took in seconds.items()}  # the first ones warm up
        seconds["cold_start"] = [_timed(lambda: _run(cold)) for _ in range(rounds)]
    found = {f"{name}_s": round(statistics.median(took), 3) for name, took in seconds.items()}
    ratio = statistics.median(seconds["rescan"]) / statistics.median(seconds["find"])
    return {"figure": "rescan", "files": files, **found, "rescan_over_find": round(ratio, 2)}


def draw(folder: Path, files: int) -> None:
    """Files that are called photos, a thousand to a folder."""
    for number in range(files):
        place = folder / f"{number // _PER_FOLDER:04}"
        if number % _PER_FOLDER == 0:
            place.mkdir(parents=True)
        (place / f"IMG_{number:06}.jpg").write_bytes(b"%d" % number)


def fill(library: Library, photos: Path) -> None:
    """A row for every file, as a run would have left it."""
    open_scopes(library, [photos])
    store = LanceStore(library.folder, FINGERPRINT, DIM)
    stamps = [item for item in walk(str(photos)) if isinstance(item, FileStamp)]
    for start in range(0, len(stamps), _ROWS_AT_ONCE):
        part = stamps[start : start + _ROWS_AT_ONCE]
        ids = [library.photo_id(stamp.path) for stamp in part]
        rows = [
            plain_row(id_, content=id_, **stamp._asdict())
            for id_, stamp in zip(ids, part, strict=True)
        ]
        store.put(rows, np.full((len(part), DIM), DIM**-0.5, np.float32))
    store.tidy()


def look(library: Library, store: LanceStore, known: dict[str, FileStamp], photos: Path) -> Survey:
    """Walk and compare, as a run does between two changes; all must be as it was."""
    scopes = open_scopes(library, [photos])
    found = _last(survey(library, FINGERPRINT, known, scopes, store.stale()))
    assert found.plan == Plan((), (), (), (), len(known)), "nothing has changed"
    return found


def look_anew(place: Path, photos: Path) -> None:
    """The same by a process that has just begun."""
    with Library.open(place, create=False) as library:
        store = LanceStore(library.folder, FINGERPRINT, DIM)
        look(library, store, store.known(), photos)


def _last(events: Generator[Event, None, Survey]) -> Survey:
    while True:
        try:
            next(events)
        except StopIteration as end:
            found: Survey = end.value
            return found


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ours


def main() -> None:
    """Parse the command line, measure, and write to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sys.stdout.write(json.dumps(measure(options.files, options.rounds)) + "\n")


if __name__ == "__main__":
    main()
