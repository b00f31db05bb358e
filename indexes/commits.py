"""One thread that writes, so that the encoder need not wait and Ctrl-C breaks no commit.

Refuses to know what is written.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from vladva.indexes.events import Event

_WAITING = 2  # commits that may pile up before the run waits for the disk


class Commits:
    """Writes, one after the other, each with the events that may be told once it is durable.

    As a context manager it waits at the end until everything is written. What a write raises is
    raised by the call that finds out.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commits")
        self._queue: deque[tuple[Future[object], Sequence[Event]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True)
        if error is None:
            for _ in self.told(wait=True):
                pass

    def add(self, write: Callable[[], object], events: Sequence[Event] = ()) -> None:
        """Write soon; `events` are told afterwards, by `told`."""
        self._queue.append((self._thread.submit(write), events))

    def told(self, *, wait: bool = False) -> Iterator[Event]:
        """The events of writes that are done, in order; `wait`: of all writes."""
        while self._queue:
            future, events = self._queue[0]
            if not (wait or future.done() or len(self._queue) > _WAITING):
                return
            future.result()
            self._queue.popleft()
            yield from events
