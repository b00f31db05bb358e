"""Where the time of a run went: seconds by stage, from any thread, and their shares.

Refuses to know what the stages do.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

STAGES = ("scan", "read", "decode", "prepare", "thumbnail", "wait", "encode", "texts", "joint",
          "write")  # fmt: skip
"""In this order they are told. `wait`: for pictures; `texts`, `joint`: of the encoder, as `encode`
is for pictures alone."""
CALLERS = ("scan", "wait", "encode", "texts", "joint")
"""Stages of the thread that the run is told from: with what is left over they are its time."""
PARTS = ("vision", "language", "head")
"""What an encoder does, within its stages."""


class Clock:
    """Seconds by stage. Stages of different threads and processes go on at once."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.abreast: dict[str, int] = {}
        """How many processes share a stage; one where it is not named."""
        self._lock = Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Whatever the body takes counts for that stage, even if it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add({name: time.perf_counter() - start})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Time that was measured elsewhere."""
        with self._lock:
            self.seconds.update(seconds)

    def report(self, took: float) -> dict[str, Any]:
        """The object of the JSON contract, for a run of `took` seconds.

        A stage's `share` is of the time that those who do it had: one near 1 is what holds the run
        up. `else` is what the calling thread did beside. A part's `share` is of all parts; parts
        that go on side by side count each for itself.
        """
        had = {name: took * self.abreast.get(name, 1) for name in STAGES}
        spent = {name: self.seconds[name] for name in STAGES if name in self.seconds}
        rest = max(0.0, took - sum(self.seconds[name] for name in CALLERS))
        stages = {name: _told(value, had[name]) for name, value in spent.items()}
        parts = {name: self.seconds[name] for name in PARTS if name in self.seconds}
        whole = sum(parts.values())
        return {
            "seconds": round(took, 3),
            "stages": {**stages, "else": _told(rest, took)},
            "encoder": {name: _told(value, whole) for name, value in parts.items()},
        }


def _told(seconds: float, of: float) -> dict[str, float]:
    return {"seconds": round(seconds, 3), "share": round(seconds / of, 3) if of > 0 else 0.0}
