"""The holder's side of `handover`: take what others ask for, and tell them how it goes.

Refuses to know how folders are indexed.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from vladva.errors import VladvaError
from vladva.indexes.events import Event, Notice, Progress, Summary
from vladva.indexes.handover import failure_json
from vladva.indexes.library import Library
from vladva.indexes.post import Post, Request

_FLUSH_S = 0.2
_FULL = 500
_RELAY_S = 1.0  # how often those in line hear of the work in hand

_PAUSED = Notice(
    "The program that holds the library is paused: this is next once it goes on.",
    "Resume it (its page, or the signal SIGUSR2), or stop it.",
)

Refusal = Callable[[Request], VladvaError | None]


class Inbox:
    """Requests to the holder of the lock. A context manager, to be opened under the lock."""

    def __init__(self, library: Library) -> None:
        self._post = Post(library.folder)
        self._post.reopen()
        self._relayed = time.monotonic()
        self._told: set[int] = set()  # requests that know of the pause

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._post.__exit__(kind, error, trace)

    def take(self) -> Request | None:
        """The oldest request that waits; it is ours from now on."""
        return next((one for one in self._post.waiting() if self._post.take(one.id)), None)

    def telling(self, request: Request, events: Iterable[Event]) -> Iterator[Event]:
        """Pass events through, and let the one who asked read them too."""
        unsaid: list[Event] = []
        last = time.monotonic()
        for event in events:
            unsaid.append(event)
            if len(unsaid) >= _FULL or time.monotonic() - last >= _FLUSH_S:
                self._post.tell(request.id, [one.as_json() for one in unsaid])
                unsaid, last = [], time.monotonic()
            yield event
        self._post.tell(request.id, [one.as_json() for one in unsaid])

    def done(self, request: Request, summary: Summary) -> None:
        """Everything that was asked for is durable."""
        self._post.close(request.id, "done", summary.as_json())

    def failed(self, request: Request, error: VladvaError) -> None:
        """It cannot be done, or not as it was asked for."""
        self._post.close(request.id, "failed", failure_json(error))

    def relay(self, event: Event, refusal: Refusal, *, paused: bool = False) -> None:
        """Show those in line how far the work in hand is; who waits for nothing is told so.

        `paused`: the work in hand is, and whoever waits for it would like to know.
        """
        if not isinstance(event, Progress) or time.monotonic() - self._relayed < _RELAY_S:
            return
        self._relayed = time.monotonic()
        for request in self._post.waiting():
            refused = refusal(request)
            if refused is None:
                news = [event, _PAUSED] if paused and request.id not in self._told else [event]
                self._told.update([request.id] if paused else [])
                self._post.tell(request.id, [one.as_json() for one in news])
            elif self._post.take(request.id):
                self.failed(request, refused)
