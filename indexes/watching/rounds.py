"""When a watched root is looked through as a whole, and what need not be said again.

Refuses to know what is looked for.
"""

# ruff: noqa: PTH116 - strings, as in `scan`

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from vladva.indexes.events import Event, Indexed, Skipped
from vladva.indexes.paths import openable

POLL_S = 60.0
"""How often a root is looked through that the system does not watch."""
CHECK_S = 2.0
"""How often it is asked whether a root is there."""
_BACKOFF = 20  # a poll takes no larger part of the time than 1 in so many
_SAID = 10_000

Signature = tuple[int, int] | None


def signature(root: str) -> Signature:
    """What tells a root from another in its place; None where it cannot be listed."""
    try:
        facts = os.stat(openable(root))
        os.scandir(openable(root)).close()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


@dataclass
class _Root:
    due: float
    signature: Signature = None
    looked: float = 0.0
    took: float = 0.0


class Schedule:
    """When each root is due."""

    def __init__(self, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._clock = clock
        self._roots: dict[str, _Root] = {}
        self._checked = clock()

    def time_to_check(self) -> bool:
        """Whether to ask for the signatures; says yes once."""
        now = self._clock()
        if now - self._checked < CHECK_S:
            return False
        self._checked = now
        return True

    def same(self, root: str, now: Signature) -> bool:
        """Whether a root's signature is what it was; it is noted."""
        known = self._root(root)
        before, known.signature = known.signature, now
        return before == now

    def away(self, root: str) -> None:
        """A look could not reach a root: that it is there is news again, however soon."""
        self._root(root).signature = None

    def at_once(self, root: str) -> None:
        """Look through a root as soon as possible."""
        self._root(root).due = self._clock()

    def soon(self, root: str) -> None:
        """Look through a root soon, but not all the time."""
        known = self._root(root)
        known.due = min(known.due, known.looked + max(CHECK_S, _BACKOFF * known.took))

    def done(self, root: str, seconds: float, *, polled: bool) -> None:
        """A root was looked through, which took so long."""
        known = self._root(root)
        known.looked, known.took = self._clock(), seconds
        pause = min(self._every, max(POLL_S, _BACKOFF * seconds)) if polled else self._every
        known.due = known.looked + pause

    def due(self) -> set[str]:
        """The roots whose time has come."""
        now = self._clock()
        return {root for root, known in self._roots.items() if known.due <= now}

    def drop(self, root: str) -> None:
        """A root is none any more."""
        self._roots.pop(root, None)

    def _root(self, root: str) -> _Root:
        if root not in self._roots:
            self._roots[root] = _Root(self._clock() + self._every)
        return self._roots[root]


class Quiet:
    """Remembers which files were said to be skipped, and why. Bounded."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def forget(self, path: str) -> None:
        """What was said of a path is over: the same would be news."""
        self._said.pop(path, None)

    def news(self, event: Event) -> bool:
        """Whether an event tells anything that was not said before."""
        if isinstance(event, Indexed):
            self.forget(event.path)
        if not isinstance(event, Skipped):
            return True
        if self._said.pop(event.path, None) == event.reason:
            self._said[event.path] = event.reason
            return False
        self._said[event.path] = event.reason
        if len(self._said) > _SAID:
            self._said.pop(next(iter(self._said)))
        return True
