"""Decode children: a few processes that turn files into encoder input, and may die of a file.

    with DecodePool(jobs, prepare) as pool:
        while (result := pool.take()) is not None:
            ...

A thread feeds them, so they work while the caller encodes. A child that crashes, runs out of
memory or takes too long is replaced, and costs the one file it was at; a crash is that file's
fault only if a fresh child crashes of it too. How far the children run ahead is bounded in
pictures and in bytes. Refuses to know the library; what happens inside a child is `decode`'s.
"""

import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import wait
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from vladva.errors import LibraryError
from vladva.indexes.child import QUEUED, Child
from vladva.indexes.decode import Decoded, Job, Unreadable
from vladva.indexes.worker import READY
from vladva.protocols import Prepare

TIMEOUT_S = 20.0
"""Seconds that one file may take."""
AHEAD_PICTURES = 128
AHEAD_BYTES = 256 << 20
"""How much decoded input may wait for the encoder."""
_STARTS = 3  # children that may fail to start before the run gives up
_SAVE_AGAIN = "open it elsewhere and save it again"
_LATER = "index again: its disk may have been asleep, or out of reach"
_PER_CHILD = 16  # fewer files than this are not worth a second child

Result = Decoded | Unreadable


def default_workers() -> int:
    """One child a core: they stand behind the encoder in the queue for the processor."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class DecodePool:
    """The results of `jobs`, in the order in which they are ready. Starts no child for no jobs."""

    def __init__(
        self,
        jobs: Iterable[Job],
        prepare: Prepare,
        *,
        workers: int | None = None,
        timeout: float = TIMEOUT_S,
    ) -> None:
        self._jobs = deque(jobs)
        self.left = len(self._jobs)
        """Results that have not been taken yet."""
        self._timeout = timeout
        self._results: SimpleQueue[Result | LibraryError] = SimpleQueue()
        self._prepare = pickle.dumps(prepare)
        self._bell = Pipe(duplex=False)
        self._given = 0  # counted by the feeding thread
        self._taken = 0  # counted by the caller
        self._bytes, self._met = 0, 0  # of all results, for the mean
        self._resting = self._closing = False
        self._broken_starts = 0
        self._children: list[Child] = []
        wanted = default_workers() if workers is None else workers
        self.workers = max(1, min(wanted, self.left // _PER_CHILD + 1))
        """Children at work at once."""
        self._thread = threading.Thread(target=self._run, name="decode-pool", daemon=True)
        if self._jobs:
            self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def take(self, timeout: float | None = None) -> Result | None:
        """The next result; None when there are no more, or none within `timeout` seconds.

        Raises `LibraryError` where no child can be started.
        """
        if not self.left:
            return None
        try:
            item = self._results.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(item, LibraryError):
            raise item
        self._taken += 1
        self.left -= 1
        return item

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Leave the cores to the caller: the children end what they have begun, and wait."""
        self._resting = True
        try:
            yield
        finally:
            self._resting = False
            self._wake()

    def close(self) -> None:
        """End the children, whatever they are at."""
        if self._closing:
            return
        self._closing = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        for end in self._bell:
            end.close()

    def _wake(self) -> None:
        self._bell[1].send_bytes(b"!")

    # ---- the feeding thread

    def _run(self) -> None:
        if sys.platform != "win32":  # inherited: Ctrl-C never reaches a child
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for _ in range(self.workers):
                self._children.append(Child(self._prepare))
            while not self._closing and (self._jobs or any(c.jobs for c in self._children)):
                self._feed()
                self._listen()
        except LibraryError as error:
            self._results.put(error)
        except Exception as error:  # noqa: BLE001 - else the caller would wait for ever
            self._results.put(LibraryError(f"Decoding broke down: {error!r}.", "Report this."))
        finally:
            for child in self._children:
                child.end()

    def _feed(self) -> None:
        for number, child in enumerate(self._children):
            if child.worn and not child.jobs:
                self._replace(number)
            while self._jobs and child.free and self._has_room():
                self._given += 1
                child.give(self._jobs.popleft())

    def _has_room(self) -> bool:
        mean = self._bytes / self._met if self._met else 0
        fitting = int(AHEAD_BYTES / mean) if mean else AHEAD_PICTURES
        room = max(QUEUED * len(self._children), min(AHEAD_PICTURES, fitting))
        return not self._resting and self._given - self._taken < room

    def _listen(self) -> None:
        full = self._jobs and not self._resting and not self._has_room()
        sources: list[Any] = [self._bell[0], *(child.results for child in self._children)]
        sources += [child.process.sentinel for child in self._children]
        ready = set(wait(sources, 0.02 if full else 0.2))
        if self._bell[0] in ready:
            self._bell[0].recv_bytes()
        for number, child in enumerate(self._children):
            dead = child.process.sentinel in ready  # told before its last words are read
            if dead or child.results in ready:
                self._collect(number, child.messages(everything=dead))
            if child is not self._children[number]:
                continue
            if dead:
                self._lost(number, child, child.cause_of_death())
            elif child.overdue(self._timeout):
                self._overdue(number, child)

    def _collect(self, number: int, messages: list[bytes]) -> None:
        child = self._children[number]
        for message in messages:
            if message == READY:
                child.ready, self._broken_starts = True, 0
                continue
            result: Result = pickle.loads(message)  # noqa: S301 - from our child
            if isinstance(result, Unreadable) and result.starved and child.answered:
                self._replace(number)  # and look at the file again, with all the memory there is
                return
            child.jobs.popleft()
            child.answered += 1
            self._done(result, len(message))

    def _done(self, result: Result, size: int) -> None:
        self._bytes += size
        self._met += 1
        self._results.put(result)

    def _overdue(self, number: int, child: Child) -> None:
        """A file took too long: its own fault where it kept the processor busy for all that time.

        Who only waited may have met a disk that was asleep, or a machine that was busy.
        """
        toiled = child.toiled(self._timeout)
        what = "decoding" if toiled else "reading"
        reason = f"{what} took longer than {self._timeout:g} s"
        self._lost(number, child, reason, certain=True, lasting=toiled)

    def _lost(
        self,
        number: int,
        child: Child,
        reason: str,
        *,
        certain: bool = False,
        lasting: bool = True,
    ) -> None:
        """A child is dead or to die: find out whose fault it is."""
        if not child.ready:
            self._broken_starts += 1
            if self._broken_starts >= _STARTS:
                raise LibraryError(
                    f"Decode processes do not start ({reason}).",
                    "A script that indexes needs `if __name__ == '__main__':`.",
                )
        elif child.jobs and (certain or not child.answered):
            stamp = child.jobs.popleft().stamp
            hint = _SAVE_AGAIN if lasting else _LATER
            self._done(Unreadable(stamp, reason, hint, lasting=lasting), 0)
        self._replace(number)

    def _replace(self, number: int) -> None:
        """Another child, which begins with what the old one has not answered."""
        old = self._children[number]
        old.end()
        self._children[number] = Child(self._prepare)
        for job in old.jobs:
            self._children[number].give(job)
