"""How long a run is: epochs, steps and minutes as one number of optimiser steps.

Refuses to know what a step does.
"""

import math
from dataclasses import dataclass

from vladva.trainer.config import OptimConfig

PROBE_STEPS, PROBE_S = 20, 30.0
"""A run that has minutes counts its steps after so many, or so long."""
_GUESS = 1000  # until then


@dataclass
class Course:
    """Where a run is and where it ends."""

    done: int
    steps: int
    """Where it ends; a guess as long as `minutes` stands."""
    minutes: float | None = None
    """To be turned into steps once the rate is known."""
    most: int | None = None
    """Steps at which it ends although there are minutes left."""
    spent: float = 0.0
    """Seconds that it has run, interruptions left out."""

    def clock(self, ran: int, seconds: float) -> None:
        """Turn minutes into steps, once: the learning rate needs to know where the end is.

        The last `ran` steps took `seconds`, of all that the run has spent.
        """
        if self.minutes is None or (ran < PROBE_STEPS and seconds < PROBE_S):
            return
        left = self.minutes * 60 - self.spent
        steps = self.done + max(1, int(left * ran / seconds))
        self.steps = steps if self.most is None else min(steps, self.most)
        self.minutes = None


def plan(optim: OptimConfig, rows: int, batch: int) -> Course:
    """The course of a fresh run over `rows` rows in batches of `batch`.

    >>> plan(OptimConfig(epochs=2, steps=None, minutes=None), rows=100, batch=30)
    Course(done=0, steps=7, minutes=None, most=7, spent=0.0)
    """
    given = [] if optim.steps is None else [optim.steps]
    if optim.epochs is not None:
        given.append(max(1, math.ceil(optim.epochs * rows / batch)))
    most = min(given) if given else None
    return Course(0, _GUESS if most is None else most, optim.minutes, most)
