"""What children read in tests: numbers. Imports little, since every child imports it."""

import os
import signal
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Square:
    """Squares a number; some numbers kill the process."""

    deadly: frozenset[int] = frozenset()
    everywhere: bool = False

    def __call__(self, item: int) -> int:
        if item in self.deadly or self.everywhere:
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    def crashed(self, item: int) -> int:
        return -item

    def size(self, read: int) -> int:
        return 1 << 20


@dataclass(frozen=True)
class Slow:
    """Says which process reads."""

    def __call__(self, item: int) -> int:
        time.sleep(0.01)
        return os.getpid()

    def crashed(self, item: int) -> int:
        return 0

    def size(self, read: int) -> int:
        return 0


class Bug(Square):
    """Raises."""

    def __call__(self, item: int) -> int:
        raise KeyError(item)
