"""One indexing run: folders → rows and vectors, told as a stream of events.

    scan → diff → decode (children) → encode → store

Refuses to know how any of the steps works, and who listens.
"""

import os
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from vladva.clock import Clock
from vladva.indexes import switch
from vladva.indexes.captioning import Captioner, Captioning
from vladva.indexes.changes import Desk
from vladva.indexes.commits import Commits
from vladva.indexes.events import Event
from vladva.indexes.handover import Refused
from vladva.indexes.inbox import Inbox
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Active, Library
from vladva.indexes.post import Request
from vladva.indexes.scopes import Scope, check_folders, open_scopes
from vladva.indexes.serving import answer, refusal
from vladva.indexes.tally import Tally
from vladva.indexes.throttle import Throttle
from vladva.indexes.turns import Manner, Turns
from vladva.indexes.watching.attend import RECONCILE_S, Attendant, Attending
from vladva.indexes.watching.rest import REST_S
from vladva.indexes.writer import introduce
from vladva.protocols import Encoder


def index_folders(  # noqa: PLR0913 - one argument an option
    library: Library,
    encoder: Encoder,
    folders: Sequence[str | os.PathLike[str]],
    *,
    exclude: Sequence[str] = (),
    batch_size: int | None = None,
    workers: int | None = None,
    stop: threading.Event | None = None,
    throttle: Throttle | None = None,
    beside: bool = False,
    watch: bool = False,
    every: float = RECONCILE_S,
    rest: float = REST_S,
    captioner: Captioner | None = None,
    clock: Clock | None = None,
) -> Generator[Event, None, None]:
    """Index folders with one encoder → events, the last one a `Summary`.

    The folders become roots of the library. `exclude`: globs that replace the ones the roots
    remember. `batch_size`: pictures a call of the encoder (None: as many as take about a second),
    `workers`: decode children (None: one a core). An encoder other than the one in use gets all
    roots, and is put to use at the end; its predecessor's table is given back then. `beside`: the
    encoder is never put to use, and kept whatever else is.

    `watch`: stay until `stop` is set, and follow what happens in the roots of `folders` (none:
    in all roots). `Watching` says that everything is done for now. `every`: seconds between two
    looks at everything, `rest`: seconds for which a file must not change before it is read.
    Folders that other programs ask for (`handover`) are indexed before the library is let go.
    `captioner`: gives photos without a caption one, once everything is indexed. `clock`: is told
    where the time goes, and the `Summary` has its report.

    Setting `stop`, closing the iterator or Ctrl-C end the run early; what is encoded by then is
    committed. Raises `ConfigError` at once for folders that cannot be indexed, `Unsupported` for an
    encoder without a single vector a picture, and `writer.Busy` from the iterator where another
    program is writing.
    """
    if hasattr(encoder, "encode_sets"):
        encoder.encode([])  # says why an index cannot hold what it makes
    if folders or not watch:
        check_folders(library, folders)
    stop, throttle = stop or threading.Event(), throttle or Throttle()
    manner = Manner(batch_size, workers, stop, throttle, clock or Clock())
    run = _Run(library, encoder, manner, beside=beside, captioner=captioner)
    run.profiled = clock is not None
    everything = watch and not folders
    stay = Attending(every, rest) if watch else None
    return run.events(run.work(folders, exclude, stay, everything=everything))


class _Run:
    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        manner: Manner,
        *,
        beside: bool,
        captioner: Captioner | None,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._manner = manner
        self._beside = beside
        self._captioner = captioner
        self.profiled = False
        """Whether the sum says where the time went."""
        self._me = Active(encoder.name, encoder.fingerprint, encoder.dim)
        self._tally = Tally()

    def events(self, work: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """Count what happens, and end with the sum."""
        self._tally.start()
        with closing(work):
            for event in work:
                self._tally.take(event)
                yield event
        done = self._tally.summary()
        report = self._manner.clock.report(done.seconds) if self.profiled else None
        yield replace(done, profile=report)

    def work(
        self,
        folders: Sequence[str | os.PathLike[str]],
        exclude: Sequence[str],
        stay: Attending | None,
        *,
        everything: bool,
    ) -> Generator[Event, None, None]:
        """Everything but the sum. `everything`: all roots, whatever the folders are."""
        library, me = self._library, self._me
        with library.lock(), Commits() as commits, Inbox(library) as inbox:
            introduce(library.folder, me.model, me.fingerprint, watching=stay is not None)
            everything = everything or self._replaces()
            scopes = open_scopes(library, folders, exclude=exclude, everything=everything)
            switch.clear(library)
            store = LanceStore(library.folder, me.fingerprint, me.dim)
            switch.begin(library, me, beside=self._beside)
            desk = Desk(library, store, commits)
            turns = Turns(desk, store, self._encoder, self._manner, self._tally)
            steps = self._once(turns, inbox, scopes)
            if stay is not None:
                steps = self._stay(Attendant(turns, inbox, stay), turns, scopes)
            with closing(steps):
                for event in steps:
                    inbox.relay(event, self._refusal, paused=self._manner.throttle.paused)
                    yield event

    def _once(
        self, turns: Turns, inbox: Inbox, scopes: Sequence[Scope]
    ) -> Generator[Event, None, None]:
        yield from turns.whole(scopes)
        self._end(turns)
        yield from self._caption(turns)
        if self._beside:  # others want the encoder in use
            return
        while not self._manner.stop.is_set() and (request := inbox.take()):
            yield from answer(request, inbox, turns, turns.whole, lambda _: None)

    def _stay(
        self, attendant: Attendant, turns: Turns, scopes: Sequence[Scope]
    ) -> Generator[Event, None, None]:
        with attendant:
            yield from attendant.begin(scopes)
            self._end(turns)
            yield from self._caption(turns)
            yield from attendant.stay()

    def _caption(self, turns: Turns) -> Iterator[Event]:
        """What has no caption now gets one, and later what comes with a turn."""
        if self._captioner is None or self._manner.stop.is_set():
            return
        captioning = Captioning(turns, self._captioner)
        turns.after = captioning.run
        yield from captioning.run()

    def _end(self, turns: Turns) -> None:
        """The first pass is over."""
        complete = not self._manner.stop.is_set()
        switch.end(self._library, self._me, complete=complete, beside=self._beside)
        turns.recount()
        turns.store.tidy()

    def _refusal(self, request: Request) -> Refused | None:
        return None if self._beside else refusal(request, self._encoder)

    def _replaces(self) -> bool:
        """Whether another encoder is in use, which this one is to follow."""
        active = self._library.active()
        return active is not None and active.fingerprint != self._me.fingerprint
