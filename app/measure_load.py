"""Several browsers that search while the page indexes: is there an error, how long, does it grow.

    python -m vladva.app.measure_load --photos 1000 --searches 2000 --browsers 8

A page of its own (`vladva ui`, with mini) over a drawn library in a temporary folder, asked over
HTTP for stage one. First a quarter of the photos is indexed; then the rest arrives, and is indexed
while the browsers search, and they go on until all searches are made. One JSON object on stdout.
Linux only: what is resident is read there.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from vladva.app import remote
from vladva.app.measured_page import LOOK_S, START_S, draw, serving
from vladva.errors import LibraryError, VladvaError

QUERIES = (
    "a red car", "a dog left of a table", "a blue boat at night", "no people", "two green trees",
    "a castle -dog", "a yellow ball on a chair", "a cat",
)  # fmt: skip


@dataclass
class Taken:
    """What the browsers noted. `resident` is the page's memory in bytes, by searches made."""

    seconds: list[float] = field(default_factory=list)
    while_indexing: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    resident: list[tuple[int, int]] = field(default_factory=list)


def measure(photos: int, searches: int, browsers: int) -> dict[str, Any]:
    """The figures. Raises `LibraryError` where the page does not come up."""
    with tempfile.TemporaryDirectory(prefix="vladva-load-") as scratch:
        base = Path(scratch)
        early, late = base / "early", base / "late"
        draw(early, range(photos // 4))
        draw(late, range(photos // 4, photos))
        with serving(base / "library") as (note, pid):
            _index(note, early)
            _until_indexed(note, photos // 4)
            _ask(note, "POST", "/api/index", {"folder": str(late)})
            crowd = _Crowd(note, pid, searches)
            seconds = crowd.search(browsers)
            _until_indexed(note, photos)
            return _figures(crowd.taken, seconds, browsers)


class _Crowd:
    """Browsers that share the searches which are left."""

    def __init__(self, note: remote.Note, pid: int, searches: int) -> None:
        self.taken = Taken()
        self._note, self._pid = note, pid
        self._left = iter(range(searches))
        self._gate = threading.Lock()
        self._busy, self._over = threading.Event(), threading.Event()

    def search(self, browsers: int) -> float:
        """Make all searches → the seconds that they took together."""
        self._busy.set()
        threads = [threading.Thread(target=self._browse) for _ in range(browsers)]
        watcher = threading.Thread(target=self._watch)
        start = time.perf_counter()
        for thread in (watcher, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
        self._over.set()
        watcher.join()
        return seconds

    def _browse(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self._note.port, timeout=60)) as link:
            while True:
                with self._gate:
                    number = next(self._left, None)
                if number is None:
                    return
                self._take(number, link)

    def _take(self, number: int, link: http.client.HTTPConnection) -> None:
        is_busy, start = self._busy.is_set(), time.perf_counter()
        error = _search(link, QUERIES[number % len(QUERIES)])
        spent = time.perf_counter() - start
        with self._gate:
            (self.taken.while_indexing if is_busy else self.taken.seconds).append(spent)
            self.taken.errors.extend([error] if error else [])
            if number % 50 == 0:
                self.taken.resident.append((number, _resident(self._pid)))

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            if not _is_indexing(self._note):
                self._busy.clear()


def _search(link: http.client.HTTPConnection, words: str) -> str:
    """One search → what was wrong with it, or nothing."""
    try:
        link.request("GET", f"/api/search?{urlencode({'q': words, 'verify': 0})}")
        reply = link.getresponse()
        body = reply.read()
    except (OSError, http.client.HTTPException) as error:
        link.close()
        return f"{type(error).__name__}: {error}"
    if reply.status != http.client.OK:
        return f"{reply.status}: {body[:200]!r}"
    return "" if json.loads(body)["searched"] else "nothing was searched"


def _figures(taken: Taken, seconds: float, browsers: int) -> dict[str, Any]:
    import numpy as np

    spent = [*taken.while_indexing, *taken.seconds]
    # The library grows while it is indexed, and so may the memory: only then it must be flat.
    marks = np.array(sorted(taken.resident)[len(taken.resident) // 2 :], dtype=np.float64)
    slope = float(np.polyfit(marks[:, 0], marks[:, 1], 1)[0]) if len(marks) > 1 else None
    return {
        "browsers": browsers,
        "cores": os.cpu_count(),
        "searches": len(spent),
        "while_indexing": len(taken.while_indexing),
        "errors": len(taken.errors),
        "first_error": next(iter(taken.errors), None),
        "searches_per_second": len(spent) / seconds,
        "p50_ms": _ms(spent, 50),
        "p95_ms": _ms(spent, 95),
        "p50_ms_while_indexing": _ms(taken.while_indexing, 50),
        "p95_ms_while_indexing": _ms(taken.while_indexing, 95),
        "p50_ms_after": _ms(taken.seconds, 50),
        "p95_ms_after": _ms(taken.seconds, 95),
        "resident_mib": [round(size / 2**20, 1) for _, size in sorted(taken.resident)],
        "second_half_bytes_per_search": slope,
    }


def _ms(seconds: list[float], percent: float) -> float | None:
    import numpy as np

    return float(np.percentile(seconds, percent) * 1000) if seconds else None


def _index(note: remote.Note, folder: Path) -> None:
    """Ask until the page takes a wish: at first it may still be loading."""
    end = time.monotonic() + START_S
    while _ask(note, "POST", "/api/index", {"folder": str(folder)})[0] != http.client.ACCEPTED:
        if time.monotonic() > end:
            raise LibraryError("The page takes no folder.", "")
        time.sleep(LOOK_S)


def _until_indexed(note: remote.Note, photos: int) -> None:
    end = time.monotonic() + START_S
    while _ask(note, "GET", "/api/status")[1].get("photos", 0) < photos:
        if time.monotonic() > end:
            raise LibraryError("The photos were not indexed in time.", "Measure with fewer.")
        time.sleep(LOOK_S)


def _is_indexing(note: remote.Note) -> bool:
    run = _ask(note, "GET", "/api/index")[1].get("run") or {}
    return bool(run.get("running"))


def _ask(note: remote.Note, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    link = http.client.HTTPConnection("127.0.0.1", note.port, timeout=60)
    try:
        content = None if body is None else json.dumps(body)
        link.request(method, path, content, {"Content-Type": "application/json"})
        reply = link.getresponse()
        found: dict[str, Any] = json.loads(reply.read())
        return reply.status, found
    finally:
        link.close()


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """The command of the module's first words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--searches", type=int, default=2000)
    parser.add_argument("--browsers", type=int, default=8)
    chosen = parser.parse_args()
    try:
        found = measure(chosen.photos, chosen.searches, chosen.browsers)
    except VladvaError as error:
        sys.exit(f"{error.message} {error.hint}")
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
