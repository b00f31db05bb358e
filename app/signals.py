"""Signals as wishes: what comes by signal is done in a thread, never in the middle of a step.

A handler runs between any two steps of the main thread, which may hold the very lock that the
wish needs; so a handler only puts the wish into a queue that is made for this. Refuses to know
what is wished for.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

Act = Callable[[], None]


@contextmanager
def hearing(acts: Mapping[signal.Signals, Act], *, once: bool = False) -> Iterator[None]:
    """Act on signals while the context lasts; `once`: on the first of each, then as before it.

    Outside the main thread, which alone gets signals, it hears nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wishes: SimpleQueue[int | None] = SimpleQueue()

    def heard(number: int, _frame: FrameType | None) -> None:
        if once:
            signal.signal(number, before[signal.Signals(number)])
        wishes.put(number)

    before = {number: signal.getsignal(number) for number in acts}
    doing = threading.Thread(target=_do, args=(wishes, acts), name="signals", daemon=True)
    doing.start()
    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        wishes.put(None)
        doing.join()


def _do(wishes: "SimpleQueue[int | None]", acts: Mapping[signal.Signals, Act]) -> None:
    while (number := wishes.get()) is not None:
        acts[signal.Signals(number)]()
