"""The part of a run that costs: decode → encode → commit, all three at once.

The encoder works in the calling thread, children decode ahead of it, a thread commits behind it.
Refuses to know which files are read, and why.
"""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext

import numpy as np

from vladva.errors import LibraryError
from vladva.indexes.catalog import FileStamp
from vladva.indexes.changes import Desk
from vladva.indexes.decode import Job, Unreadable
from vladva.indexes.events import Event, Skipped
from vladva.indexes.feed import LARGEST, Feed
from vladva.indexes.intake import Entry, Intake
from vladva.indexes.library import Failure, now
from vladva.indexes.pace import Pace
from vladva.indexes.pool import DecodePool, Result
from vladva.indexes.store import Vector
from vladva.indexes.survey import Survey
from vladva.indexes.thumbs import drop_thumb, thumb_path
from vladva.protocols import Encoder

COMMIT_S = 2.0
"""How long an encoded picture may wait for its commit."""
_TICK_S = 0.05


class Reading:
    """Reads the added and changed files of a survey. Used once."""

    def __init__(
        self,
        desk: Desk,
        encoder: Encoder,
        *,
        batch_size: int | None,
        workers: int | None,
        stop: threading.Event,
    ) -> None:
        self._desk = desk
        self._encoder = encoder
        self._workers = workers
        self._stop = stop
        self._feed = Feed(encoder, batch_size)
        self._known: frozenset[str] = frozenset()
        self.decodes = 0
        self.moved: set[str] = set()
        """Paths of gone files whose picture turned up under another path."""

    @property
    def encodes(self) -> int:
        """Pictures that the encoder was given."""
        return self._feed.encodes

    def run(self, found: Survey) -> Generator[Event, None, None]:
        """Yields the events of the files; ends early, and in order, once `stop` is set."""
        plan = found.plan
        files = sorted((*plan.added, *plan.changed), key=lambda s: (-s.mtime_ns, s.path))
        if not files:
            return
        self._known = frozenset(stamp.path for stamp in plan.changed)
        intake = Intake(self._desk.store.contents(), plan, self._desk.library.photo_id)
        pace = Pace(len(files))
        self._report_building(found, 0, len(files))
        with DecodePool(
            map(self._job, files), self._encoder.prepare, workers=self._workers
        ) as pool:
            try:
                while (pool.left or self._feed or self._feed.ready) and not self._stop.is_set():
                    yield from self._step(pool, intake, pace)
                    for event in self._desk.commits.told():
                        pace.done += 1
                        yield event
                    if pace.due():
                        self._report_building(found, pace.done, len(files))
                        yield pace.report()
            finally:
                self._commit()
        self.moved = intake.left
        yield from self._desk.commits.told(wait=True)

    def _step(self, pool: DecodePool, intake: Intake, pace: Pace) -> Iterator[Event]:
        result = pool.take(_TICK_S)
        if result is not None:
            self.decodes += 1
            yield from self._taken(result, intake, pace)
        if self._feed.due(last=not pool.left):
            with pool.resting() if self._encoder.on_cpu else nullcontext():
                refused = self._feed.encode()
            for entry, reason in refused:
                pace.done += 1
                yield self._refused(entry, reason, intake)
        ready = self._feed.ready
        late = ready and time.monotonic() - self._feed.ready_since >= COMMIT_S
        if late or len(ready) >= LARGEST or not (pool.left or self._feed):
            self._commit()

    def _taken(self, result: Result, intake: Intake, pace: Pace) -> Iterator[Event]:
        if isinstance(result, Unreadable):
            pace.done += 1
            yield self._failed(result)
        else:
            self._feed.add(intake.entry(result, now()))

    def _failed(self, result: Unreadable) -> Skipped:
        """Remember what will fail again; a row that no longer fits its file goes."""
        path, stamp, library = result.stamp.path, result.stamp, self._desk.library
        if result.lasting:
            fingerprint = self._encoder.fingerprint if result.encoders_own else ""
            facts = (path, result.reason, result.hint, stamp.size, stamp.mtime_ns)
            library.fail([Failure(*facts, since=now(), fingerprint=fingerprint)])
            id_ = library.photo_id(path)
            if path in self._known:
                self._desk.commits.add(lambda: self._desk.store.drop([id_]))
            drop_thumb(library, id_)
        return Skipped(path, result.reason, result.hint)

    def _refused(self, entry: Entry, reason: str, intake: Intake) -> Skipped:
        intake.refused(entry)
        stamp = entry.row.stamp
        return self._failed(Unreadable(stamp, reason, "try another --model", encoders_own=True))

    def _commit(self) -> None:
        batch = self._feed.take()
        if batch:
            events = [entry.event for entry, _ in batch]
            self._desk.commits.add(lambda: _write(self._desk, batch), events)

    def _job(self, stamp: FileStamp) -> Job:
        library = self._desk.library
        return Job(stamp, str(thumb_path(library, library.photo_id(stamp.path))))

    def _report_building(self, found: Survey, done: int, total: int) -> None:
        """What `status` says of a table that is not in use yet."""
        library = self._desk.library
        active = library.active()
        if active is not None and active.fingerprint != self._encoder.fingerprint:
            kept = found.plan.unchanged + len(found.plan.moved)
            facts = {"model": self._encoder.name, "fingerprint": self._encoder.fingerprint}
            library.set("building", {**facts, "done": kept + done, "total": kept + total})


def _write(desk: Desk, batch: Sequence[tuple[Entry, Vector | None]]) -> None:
    """One commit: rows with new vectors, and rows that take the vector of another."""
    made = {entry.row.id: vector for entry, vector in batch if vector is not None}
    sources = {e.source for e, v in batch if v is None and e.source and e.source not in made}
    made |= desk.store.vectors(sources)
    rows = [entry.row for entry, _ in batch]
    try:
        vectors = np.stack([made[entry.source or entry.row.id] for entry, _ in batch])
    except KeyError as error:
        raise LibraryError(
            "A row has lost its vector.", "Forget its folder, index again."
        ) from error
    dropped = [entry.drop for entry, _ in batch if entry.drop is not None]
    desk.store.put(rows, vectors, drop=dropped)
    for id_ in dropped:
        drop_thumb(desk.library, id_)
