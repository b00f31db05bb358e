"""Child processes that read ahead, while the results come in the order in which they were asked.

A child that a hostile file kills costs that file and is replaced. Children import no torch, ignore
Ctrl-C (the parent's to handle), and end when the parent is gone, however it went. Refuses to know
what is read.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from vladva.errors import DataError

PIECE = 16
"""Items that one child reads at a time."""
AHEAD_BYTES = 1 << 30
"""What was read may take about this much before it is asked for (ours)."""
Item = TypeVar("Item")
Item_contra = TypeVar("Item_contra", contravariant=True)
Read = TypeVar("Read")


class Reader(Protocol[Item_contra, Read]):
    """What the children do. Picklable."""

    def __call__(self, item: Item_contra, /) -> Read:
        """Read one item; an exception is a bug and ends the run."""
        ...

    def crashed(self, item: Item_contra, /) -> Read:
        """What stands for an item that kills the child."""
        ...

    def size(self, read: Read, /) -> int:
        """Bytes of the arrays in what was read."""
        ...


@dataclass
class Piece(Generic[Item, Read]):
    """Some items of a batch on their way through a child."""

    items: Sequence[Item]
    ends_batch: bool
    future: Future[tuple[list[Read], int]] | None = None


def in_order(
    reader: Reader[Item, Read], batches: Iterator[Sequence[Item]], workers: int
) -> Iterator[list[Read]]:
    """Batches of items → batches of what was read, in order.

    `workers` children read one batch ahead, or less where it would take more than `AHEAD_BYTES`;
    0 reads in this process, nothing ahead. Raises `DataError` where no child can be started.
    """
    if not workers:
        for batch in batches:
            yield [reader(item) for item in batch]
        return
    with _Pool(reader, workers) as pool:
        read: list[Read] = []
        for piece in pool.through(_pieces(batches)):
            read += pool.result(piece)
            if piece.ends_batch:
                yield read
                read = []


def _pieces(batches: Iterator[Sequence[Item]]) -> Iterator[Piece[Item, Any]]:
    for batch in batches:
        starts = range(0, max(len(batch), 1), PIECE)
        for start in starts:
            yield Piece(batch[start : start + PIECE], start == starts[-1])


class _Pool(Generic[Item, Read]):
    """Children, and the pieces that they are at."""

    def __init__(self, reader: Reader[Item, Read], workers: int) -> None:
        self._reader, self._workers = reader, workers
        self._executor = self._new(workers)
        self._queue: deque[Piece[Item, Read]] = deque()
        self._heaviest = 0  # bytes of a piece

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown(cancel_futures=True)

    def through(self, pieces: Iterator[Piece[Item, Read]]) -> Iterator[Piece[Item, Read]]:
        """The pieces in order, others on their way behind them."""
        piece = next(pieces, None)
        while piece is not None or self._queue:
            while piece is not None and self._has_room():
                self._submit(piece)
                self._queue.append(piece)
                piece = next(pieces, None)
            yield self._queue.popleft()

    def _has_room(self) -> bool:
        """Two pieces for each child, then up to the end of the next batch."""
        if len(self._queue) < 2 * self._workers:
            return True
        batches = sum(piece.ends_batch for piece in self._queue)  # that of the first, and behind it
        return batches < 2 and len(self._queue) * self._heaviest < AHEAD_BYTES

    def result(self, piece: Piece[Item, Read]) -> list[Read]:
        """What was read of a piece; after a child's death, item by item."""
        try:
            assert piece.future is not None
            read, size = piece.future.result()
        except BrokenProcessPool:
            return self._after_death(piece)
        self._heaviest = max(self._heaviest, size)
        return read

    def _after_death(self, piece: Piece[Item, Read]) -> list[Read]:
        self._executor.shutdown(cancel_futures=True)
        read = self._one_by_one(piece.items)
        self._executor = self._new(self._workers)
        for waiting in self._queue:
            self._submit(waiting)
        return read

    def _one_by_one(self, items: Sequence[Item]) -> list[Read]:
        """Each item in a child that does nothing else, so that a death has one cause."""
        read: list[Read] = []
        executor = self._new(1)
        try:
            for item in items:
                try:
                    with _no_interrupt():
                        future = executor.submit(_read, [item])
                    read += future.result()[0]
                except BrokenProcessPool:
                    read.append(self._reader.crashed(item))
                    executor.shutdown()
                    executor = self._new(1)
                    _check(executor)
        finally:
            executor.shutdown()
        return read

    def _new(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(workers, get_context("spawn"), _begin, (self._reader,))

    def _submit(self, piece: Piece[Item, Read]) -> None:
        with _no_interrupt():  # a child inherits it, from its first instruction on
            try:
                piece.future = self._executor.submit(_read, piece.items)
            except BrokenProcessPool as error:  # told when its turn comes
                piece.future = Future()
                piece.future.set_exception(error)


def _check(executor: ProcessPoolExecutor) -> None:
    try:
        executor.submit(_read, []).result()
    except BrokenProcessPool as error:
        raise DataError(
            "no process that reads pictures can be started",
            "read them in this one: --set data.workers=0",
        ) from error


@contextmanager
def _no_interrupt() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_here: list[Reader[Any, Any]] = []
"""A child's reader."""


def _begin(reader: Reader[Any, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _here.append(reader)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(items: Sequence[Any]) -> tuple[list[Any], int]:
    """What was read, and how many bytes it takes on its way."""
    reader = _here[0]
    read = [reader(item) for item in items]
    return read, sum(reader.size(one) for one in read)
