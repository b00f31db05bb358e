"""How fast a run goes: when to say so, and what to say.

Refuses to know what is being counted.
"""

import time
from bisect import bisect_right

from vladva.indexes.events import Progress

_INTERVAL_S = 0.2
_MEMORY_S = 10.0
_SILENCE_S = 5.0  # commits are two seconds apart: nothing for so long means slow, not rare
_MARKS = 512


class Pace:
    """Counts photos that are done; at most five reports a second.

    The clock starts at the first photo that is done: what comes before (children that start, a
    model that warms up) says nothing of the rest. It stands still while somebody has paused.
    """

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.done = 0
        self._said = time.monotonic()
        self._away = 0.0
        self._marks: list[tuple[float, int]] = []

    def due(self) -> bool:
        """Whether it is time for a report; says yes once."""
        now = time.monotonic()
        if now - self._said < _INTERVAL_S:
            return False
        self._said = now
        return True

    def paused(self, seconds: float) -> None:
        """So much time has passed in which nobody worked, nor should have."""
        self._away += seconds

    def report(self) -> Progress:
        """The rate of the last ten seconds; what is left, at the rate of the last third of the run.

        A third forgets a slow start soon, and is long enough to hold photos of all sizes.
        """
        now = time.monotonic() - self._away
        if self.done and (not self._marks or self._marks[-1][1] != self.done):
            self._marks.append((now, self.done))
        if len(self._marks) > _MARKS:
            self._marks = self._marks[::2]
        third = (now - self._marks[0][0]) / 3 if self._marks else 0.0
        lasting = self._rate(now, max(third, _MEMORY_S))
        eta = round((self.total - self.done) / lasting, 1) if lasting > 0 else None
        return Progress(self.done, self.total, round(self._rate(now, _MEMORY_S), 2), eta)

    def _rate(self, now: float, seconds: float) -> float:
        """Photos a second up to the last one done; up to now where that was long ago."""
        if not self._marks:
            return 0.0
        at = bisect_right(self._marks, now - seconds, key=lambda mark: mark[0])
        then, before = self._marks[max(at - 1, 0)]
        last = self._marks[-1][0]
        end = last if now - last < _SILENCE_S else now
        return (self.done - before) / (end - then) if end > then else 0.0
