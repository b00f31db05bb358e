"""The part of a run that costs: decode → encode → commit, all three at once.

The encoder works in the calling thread, children decode ahead of it, a thread commits behind it.
Refuses to know which files are read, and why.
"""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext

import numpy as np

from vladva.clock import Clock
from vladva.errors import LibraryError
from vladva.images import DECODER_VERSION
from vladva.indexes.catalog import FileStamp
from vladva.indexes.changes import Desk
from vladva.indexes.decode import Job, Unreadable
from vladva.indexes.events import Event, Skipped
from vladva.indexes.feed import LARGEST, Feed
from vladva.indexes.intake import Entry, Intake
from vladva.indexes.library import Active, Failure, now
from vladva.indexes.pace import Pace
from vladva.indexes.pairs import beside_paths, is_raw
from vladva.indexes.pool import DecodePool, Result
from vladva.indexes.store import Vector
from vladva.indexes.survey import Survey
from vladva.indexes.switch import note
from vladva.indexes.throttle import Throttle
from vladva.indexes.thumbs import drop_thumb, thumb_path
from vladva.protocols import Encoder

COMMIT_S = 2.0
"""How long an encoded picture may wait for its commit."""
_CHILDS = ("read", "decode", "prepare", "thumbnail")  # stages of the decode children
_TICK_S = 0.05
_SHORT_S = 0.1  # work that earns no rest of its own


class Reading:
    """Reads the added and changed files of a survey. Used once."""

    def __init__(  # noqa: PLR0913 - one argument an option
        self,
        desk: Desk,
        encoder: Encoder,
        *,
        batch_size: int | None,
        workers: int | None,
        stop: threading.Event,
        throttle: Throttle | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._desk = desk
        self._clock = clock or Clock()
        self._encoder = encoder
        self._workers = workers
        self._stop = stop
        self._throttle = throttle or Throttle()
        self._awake = 0.0  # since when it works without a rest
        self._kept = 0  # rows that need no reading
        self._feed = Feed(encoder, batch_size)
        self._known: dict[str, FileStamp] = {}
        self.decodes = 0
        self.moved: set[str] = set()
        """Paths of gone files whose picture turned up under another path, and of raw files whose
        picture could not be read: these rows stay."""

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
        self._known = {stamp.path: found.known[stamp.path] for stamp in plan.changed}
        intake = Intake(self._desk.store.contents(), plan, self._desk.library.photo_id)
        pace = Pace(len(files))
        self._kept = plan.unchanged + len(plan.moved)
        self._note(pace)
        with DecodePool(
            map(self._job, files), self._encoder.prepare, workers=self._workers
        ) as pool:
            self._clock.abreast |= dict.fromkeys(_CHILDS, pool.workers)
            self._awake = time.monotonic()
            try:
                while (pool.left or self._feed or self._feed.ready) and not self._stop.is_set():
                    if self._throttle.resting:
                        yield from self._rest(pool, pace)
                    else:
                        yield from self._step(pool, intake, pace)
                        yield from self._told(pace)
            finally:
                self._commit()
        self.moved |= intake.left
        yield from self._desk.commits.told(wait=True)

    def _step(self, pool: DecodePool, intake: Intake, pace: Pace) -> Iterator[Event]:
        with self._clock.stage("wait"):
            result = pool.take(_TICK_S)
        while result is not None:
            self.decodes += 1
            yield from self._taken(result, intake, pace)
            result = pool.take(0) if self._feed.hungry else None
        if self._feed.due(last=not pool.left):
            aside = pool.resting() if self._encoder.on_cpu else nullcontext()
            with aside, self._clock.stage("encode"):
                refused = self._feed.encode()
            for entry, reason in refused:
                pace.done += 1
                yield self._refused(entry, reason, intake)
            self._earn_rest()
        ready = self._feed.ready
        late = ready and time.monotonic() - self._feed.ready_since >= COMMIT_S
        if late or len(ready) >= LARGEST or not (pool.left or self._feed):
            self._commit()

    def _earn_rest(self) -> None:
        worked = time.monotonic() - self._awake
        if worked >= _SHORT_S:
            self._throttle.worked(worked)
            self._awake = time.monotonic()

    def _rest(self, pool: DecodePool, pace: Pace) -> Iterator[Event]:
        """Until the throttle lets it go on: children rest, what is encoded becomes durable."""
        self._commit()
        with pool.resting():
            while self._throttle.resting and not self._stop.is_set():
                start, paused = time.monotonic(), self._throttle.paused
                self._stop.wait(_TICK_S)
                yield from self._told(pace)
                if paused:
                    pace.paused(time.monotonic() - start)
        self._awake = time.monotonic()

    def _told(self, pace: Pace) -> Iterator[Event]:
        """What is durable by now, and how it goes."""
        for event in self._desk.commits.told():
            pace.done += 1
            yield event
        if pace.due():
            self._note(pace)
            yield pace.report()

    def _taken(self, result: Result, intake: Intake, pace: Pace) -> Iterator[Event]:
        if isinstance(result, Unreadable):
            pace.done += 1
            yield self._failed(result)
        else:
            self._clock.add(result.spent)
            self._feed.add(intake.entry(result, now()))

    def _failed(self, result: Unreadable) -> Skipped:
        """Remember what will fail again; a row that no longer fits its file goes."""
        path, stamp, library = result.stamp.path, result.stamp, self._desk.library
        self.moved.update(filter(is_raw, beside_paths(stamp)))
        if result.lasting and not self._fits(stamp):
            fingerprint = self._encoder.fingerprint if result.encoders_own else ""
            facts = (path, result.reason, result.hint, stamp.size, stamp.mtime_ns)
            failure = Failure(*facts, since=now(), fingerprint=fingerprint, decoder=DECODER_VERSION)
            library.fail([failure])
            id_ = library.photo_id(path)
            if path in self._known:
                self._desk.commits.add(lambda: self._desk.store.drop([id_]))
            if not (result.encoders_own and self._is_new()):  # search by another one shows it
                drop_thumb(library, id_)
        return Skipped(path, result.reason, result.hint)

    def _fits(self, stamp: FileStamp) -> bool:
        """Whether a row has the picture as it is now: only what is said beside it is newer."""
        row = self._known.get(stamp.path)
        return row is not None and (row.size, row.mtime_ns) == (stamp.size, stamp.mtime_ns)

    def _refused(self, entry: Entry, reason: str, intake: Intake) -> Skipped:
        intake.refused(entry)
        stamp = entry.row.stamp
        return self._failed(Unreadable(stamp, reason, "try another --model", encoders_own=True))

    def _commit(self) -> None:
        batch = self._feed.take()
        if batch:
            events = [entry.event for entry, _ in batch]
            self._desk.commits.add(lambda: self._written(batch), events)

    def _written(self, batch: Sequence[tuple[Entry, Vector | None]]) -> None:
        with self._clock.stage("write"):
            _write(self._desk, batch)

    def _job(self, stamp: FileStamp) -> Job:
        library = self._desk.library
        return Job(stamp, str(thumb_path(library, library.photo_id(stamp.path))))

    def _is_new(self) -> bool:
        active = self._desk.library.active()
        return active is not None and active.fingerprint != self._encoder.fingerprint

    def _note(self, pace: Pace) -> None:
        me = Active(self._encoder.name, self._encoder.fingerprint, self._encoder.dim)
        note(self._desk.library, me, self._kept + pace.done, self._kept + pace.total)


def _write(desk: Desk, batch: Sequence[tuple[Entry, Vector | None]]) -> None:
    """One commit: rows with new vectors, and rows that take the vector of another."""
    made = {entry.row.id: vector for entry, vector in batch if vector is not None}
    sources = {e.source for e, v in batch if v is None and e.source and e.source not in made}
    made |= desk.store.vectors(sources)
    rows = desk.captions.filled([entry.row for entry, _ in batch])
    try:
        for entry, _ in batch:  # in order: a copy of what moved in this very batch
            made[entry.row.id] = made[entry.source or entry.row.id]
        vectors = np.stack([made[row.id] for row in rows])
    except KeyError as error:
        raise LibraryError(
            "A row has lost its vector.", "Forget its folder, index again."
        ) from error
    dropped = [entry.drop for entry, _ in batch if entry.drop is not None]
    desk.store.put(rows, vectors, drop=dropped)
    for id_ in dropped:
        drop_thumb(desk.library, id_)
