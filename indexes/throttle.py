"""How hard a run may work: paused, or a share of the time. Set from any thread, obeyed by the run.

Refuses to know who sets it (a signal, a page, an option) and what is worked at.
"""

import os
import threading
import time

from vladva.errors import ConfigError

LONGEST_REST_S = 10.0
"""However long a batch took, the rest that it earns is no longer than this."""
_LOOK_S = 0.05  # how late `wait` sees a change
_NICE = 10


class Throttle:
    """A pause switch and a share of the time.

    Every method may be called from any thread and from a signal handler: all state is in single
    values, there is no lock to be caught in.
    """

    def __init__(self, share: float = 1.0) -> None:
        """Raises `ConfigError` for a share out of its range."""
        self._paused = False
        self._share = _checked(share)
        self._worked = (0.0, 0.0)  # until when, and for how long

    @property
    def paused(self) -> bool:
        """Whether nothing may be worked at until somebody says `resume`."""
        return self._paused

    @property
    def resting(self) -> bool:
        """Whether nothing may be worked at right now: paused, or resting after `worked`."""
        until, seconds = self._worked
        earned = min(seconds * (1 / self._share - 1), LONGEST_REST_S)
        return self._paused or time.monotonic() < until + earned

    @property
    def share(self) -> float:
        """The part of the time that may be worked, above 0 and at most 1; changes at once."""
        return self._share

    @share.setter
    def share(self, share: float) -> None:
        """Raises `ConfigError` out of its range."""
        self._share = _checked(share)

    def pause(self) -> None:
        """Work no more until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Work again."""
        self._paused = False

    def worked(self, seconds: float) -> None:
        """So much was worked until now: earns the rest that the share demands."""
        self._worked = (time.monotonic(), seconds)

    def wait(self, stop: threading.Event) -> None:
        """Return once work may go on, or `stop` is set."""
        while self.resting and not stop.wait(_LOOK_S):
            continue


def step_back() -> None:
    """Stand behind all other programs in the queue for the processor, for as long as this runs.

    For the whole process where called before it starts threads and children; there is no way
    back. Does nothing on Windows.
    """
    if hasattr(os, "nice"):
        os.nice(_NICE)


def _checked(share: float) -> float:
    if not 0 < share <= 1:
        raise ConfigError(
            f"No program can work {share:g} of the time.",
            "Name a number above 0 and at most 1: 0.5 is half of the time.",
        )
    return share
