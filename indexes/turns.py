"""A turn of a run: look at folders, then bring the index up to what was seen.

    found = yield from turns.look(scopes)
    yield from turns.act(found)

Refuses to know when it is time for a turn, and whose wish it is.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vladva.clock import Clock
from vladva.indexes.calibrating import calibrate
from vladva.indexes.catalog import FileStamp
from vladva.indexes.changes import Desk, move, remove, unreachable
from vladva.indexes.events import Event
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library, State
from vladva.indexes.paths import inside
from vladva.indexes.reading import Reading
from vladva.indexes.scopes import Scope
from vladva.indexes.survey import Survey, survey
from vladva.indexes.tally import Tally
from vladva.indexes.throttle import Throttle
from vladva.protocols import Encoder


@dataclass(frozen=True)
class Manner:
    """How a run works: `None` is for what suits the machine."""

    batch_size: int | None = None
    workers: int | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    throttle: Throttle = field(default_factory=Throttle)
    clock: Clock = field(default_factory=Clock)


class Turns:
    """The turns of one run, over a table that nobody else writes."""

    def __init__(
        self, desk: Desk, store: LanceStore, encoder: Encoder, manner: Manner, tally: Tally
    ) -> None:
        """`tally` is fed with the events by whoever passes them on."""
        self.desk = desk
        self.store = store
        self.encoder = encoder
        self.manner = manner
        self.tally = tally
        self.after: Callable[[], Iterator[Event]] | None = None
        """What follows a turn that changed something, once it is set."""
        self._known: dict[str, FileStamp] | None = None

    @property
    def library(self) -> Library:
        """The library that is written."""
        return self.desk.library

    def known(self) -> Mapping[str, FileStamp]:
        """Path → the file that its row was made of, as of the last turn."""
        if self._known is None:
            self._known = self.store.known()
        return self._known

    def look(self, scopes: Sequence[Scope], *, anew: bool = True) -> Generator[Event, None, Survey]:
        """Walk and compare. `anew`: rows with outdated facts are to be read again, too."""
        with self.manner.clock.stage("scan"):
            stale = self.store.stale() if anew else ()
            print_, stop = self.encoder.fingerprint, self.manner.stop
            looking = survey(self.library, print_, self.known(), scopes, stale, stop=stop)
            return (yield from looking)

    def act(self, found: Survey, state: State | None = "idle") -> Generator[Event, None, None]:
        """Move, read, remove; everything is durable at the end. `state`: see `remove`."""
        before = self.tally.changes()
        manner = self.manner
        yield from move(self.desk, found.plan.moved, manner.stop)
        reading = Reading(
            self.desk,
            self.encoder,
            batch_size=manner.batch_size,
            workers=manner.workers,
            stop=manner.stop,
            throttle=manner.throttle,
            clock=manner.clock,
        )
        try:
            yield from reading.run(found)
        finally:
            self.tally.counts.update(decodes=reading.decodes, encodes=reading.encodes)
            if reading.decodes:  # a file that cannot be read costs a row, too
                self._known = None
        if not manner.stop.is_set():
            blown = yield from remove(self.desk, found, reading.moved, state, manner.stop)
            self.tally.counts["offline"] += blown
        yield from self.desk.commits.told(wait=True)
        if self.tally.changes() != before:
            self._known = None
            self.store.tidy()
            self.recount()
            if self.after is not None:
                yield from self.after()
        if not manner.stop.is_set():
            calibrate(self.library, self.encoder, self.store)

    def whole(self, scopes: Sequence[Scope]) -> Generator[Event, None, None]:
        """Look and act at once, as a run that does not stay."""
        found = yield from self.look(scopes)
        self.tally.counts["unchanged"] += found.plan.unchanged
        doubted = sum(scope.folder == scope.root.path for scope in found.doubted)
        self.tally.counts["offline"] += doubted
        for scope in found.offline:
            if scope.folder == scope.root.path:
                self.tally.counts["offline"] += 1
            yield unreachable(self.library, scope)
        yield from self.act(found)

    def forgotten(self, count: int) -> None:
        """So many rows were dropped from the table by hand."""
        self.tally.counts["removed"] += count
        self._known = None

    def recount(self) -> None:
        """Tell each root how many photos it has, where they are those of the encoder in use."""
        active = self.library.active()
        if active is None or active.fingerprint != self.encoder.fingerprint:
            return
        known = self.known()
        for root in self.library.roots():
            count = sum(inside(path, root.path) for path in known)
            self.library.set_root(root.path, photos=count)
