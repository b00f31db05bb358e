"""How fast a run goes: when to say so, and what to say.

Refuses to know what is being counted.
"""

import time

from vladva.indexes.events import Progress

_INTERVAL_S = 0.2
_MEMORY_S = 10.0


class Pace:
    """Counts photos that are done; at most five reports a second."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.done = 0
        self._start = self._said = time.monotonic()
        self._marks: list[tuple[float, int]] = [(self._start, 0)]

    def due(self) -> bool:
        """Whether it is time for a report; says yes once."""
        now = time.monotonic()
        if now - self._said < _INTERVAL_S:
            return False
        self._said = now
        return True

    def report(self) -> Progress:
        """Rate over the last ten seconds, and what follows from it."""
        now = time.monotonic()
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _MEMORY_S:
            self._marks.pop(0)
        then, before = self._marks[0]
        rate = (self.done - before) / max(now - then, 1e-9)
        eta = (self.total - self.done) / rate if rate > 0 else None
        return Progress(
            self.done, self.total, round(rate, 2), None if eta is None else round(eta, 1)
        )
