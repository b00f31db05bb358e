"""When a change may be acted upon: once two looks, some time apart, have seen the same.

A file that is being written, a folder that is being deleted, an editor that replaces a file: none
of them is at rest. Refuses to know how one looks, and what is done then.
"""

import time
from collections.abc import Callable, Iterable

from vladva.indexes.catalog import FileStamp, says

REST_S = 1.0
"""Seconds between two looks that must agree."""
_PATIENCE_S = 600.0  # deletions that never end are judged together after so long
_FORGET_S = 86_400.0  # longer than any two looks are apart
_MOST = 200_000

Clock = Callable[[], float]


class FilesAtRest:
    """Remembers when each new or changed file was first seen as it is now. Bounded."""

    def __init__(self, seconds: float = REST_S, clock: Clock = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, tuple[FileStamp, float, float]] = {}

    def sort(self, stamps: Iterable[FileStamp]) -> tuple[list[FileStamp], list[FileStamp]]:
        """Those that rest, and are forgotten here, and those to look at again."""
        now = self._clock()
        self._forget(now)
        ready: list[FileStamp] = []
        waiting: list[FileStamp] = []
        for stamp in stamps:
            before, since, _ = self._seen.get(stamp.path, (stamp, now, now))
            if says(before) != says(stamp):
                since = now
            if now - since >= self._seconds:
                self._seen.pop(stamp.path, None)
                ready.append(stamp)
                continue
            if stamp.path in self._seen or len(self._seen) < _MOST:
                self._seen[stamp.path] = (stamp, since, now)
            waiting.append(stamp)
        return ready, waiting

    def _forget(self, now: float) -> None:
        """Files that were not met for a while are not waited for any more."""
        old = [path for path, (*_, seen) in self._seen.items() if now - seen > _FORGET_S]
        for path in old:
            del self._seen[path]


class LossesAtRest:
    """Gathers what is missing of each root until nothing more goes missing.

    So that a deletion in many steps is judged as one, against all that was known before it.
    """

    def __init__(self, seconds: float = REST_S, clock: Clock = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._missing: dict[str, tuple[frozenset[str], float, float]] = {}

    def rests(self, root: str, missing: frozenset[str]) -> bool:
        """Whether the paths that a root misses are final; yes for none at all."""
        now = self._clock()
        if not missing:
            self._missing.pop(root, None)
            return True
        before, since, first = self._missing.get(root, (missing, now, now))
        if before != missing:
            since = now
        if now - since >= self._seconds or now - first >= _PATIENCE_S:
            self._missing.pop(root, None)
            return True
        self._missing[root] = (missing, since, first)
        return False
