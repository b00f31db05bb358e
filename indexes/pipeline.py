"""One indexing run: folders → rows and vectors, told as a stream of events.

    scan → diff → decode (children) → encode → store

Refuses to know how any of the steps works, and who listens.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing

from vladva.indexes.catalog import FileStamp
from vladva.indexes.changes import Desk, move, remove, set_offline
from vladva.indexes.commits import Commits
from vladva.indexes.events import Event, Summary
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Active, Library
from vladva.indexes.paths import inside
from vladva.indexes.reading import Reading
from vladva.indexes.scopes import check_folders, open_scopes
from vladva.indexes.survey import survey
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
) -> Iterator[Event]:
    """Index folders with one encoder → events, the last one a `Summary`.

    The folders become roots of the library. `exclude`: globs that replace the ones the roots
    remember. `batch_size`: pictures a call of the encoder (None: as many as take about a second),
    `workers`: decode children (None: one a core). An encoder other than the one in use gets all
    roots, and is put to use at the end.

    Setting `stop`, closing the iterator or Ctrl-C end the run early; what is encoded by then is
    committed. Raises `ConfigError` at once for folders that cannot be indexed, and `LibraryError`
    from the iterator where another program is writing.
    """
    check_folders(library, folders)
    run = _Run(library, encoder, stop or threading.Event())
    return run.events(run.work(folders, exclude, batch_size, workers))


class _Run:
    def __init__(self, library: Library, encoder: Encoder, stop: threading.Event) -> None:
        self._library = library
        self._encoder = encoder
        self._stop = stop
        self._me = Active(encoder.name, encoder.fingerprint, encoder.dim)
        self._counts: Counter[str] = Counter()

    def events(self, work: Generator[Event, None, None]) -> Iterator[Event]:
        """Count what happens, and end with the sum."""
        start = time.perf_counter()
        with closing(work):
            for event in work:
                self._counts[event.kind] += 1
                yield event
        yield self._summary(time.perf_counter() - start)

    def work(
        self,
        folders: Sequence[str | os.PathLike[str]],
        exclude: Sequence[str],
        batch_size: int | None,
        workers: int | None,
    ) -> Generator[Event, None, None]:
        """Everything but the sum."""
        library, me = self._library, self._me
        with library.lock(), Commits() as commits:
            scopes = open_scopes(library, folders, exclude=exclude, everything=self._replaces())
            store = LanceStore(library.folder, me.fingerprint, me.dim)
            library.register(me)
            if library.active() is None:  # the first one is of use from its first commit on
                library.activate(me.model, me.fingerprint, me.dim)
            desk = Desk(library, store, commits)
            known = store.known()
            found = yield from survey(library, me.fingerprint, known, scopes)
            self._counts["unchanged"] = found.plan.unchanged
            for scope in found.offline:
                self._counts["offline"] += 1
                yield set_offline(library, scope, "the folder cannot be reached")
            yield from move(desk, found.plan.moved)
            reading = Reading(
                desk, self._encoder, batch_size=batch_size, workers=workers, stop=self._stop
            )
            try:
                yield from reading.run(found)
            finally:
                self._counts.update(decodes=reading.decodes, encodes=reading.encodes)
            if not self._stop.is_set():
                blown = yield from remove(desk, found, reading.moved)
                self._counts["offline"] += blown
            yield from commits.told(wait=True)
            self._finish(store.known() if self._changed() else known)
            store.tidy()

    def _replaces(self) -> bool:
        """Whether another encoder is in use, which this one is to follow."""
        active = self._library.active()
        return active is not None and active.fingerprint != self._me.fingerprint

    def _changed(self) -> bool:
        return any(self._counts[kind] for kind in ("indexed", "copy", "moved", "removed"))

    def _finish(self, known: Mapping[str, FileStamp]) -> None:
        library, me = self._library, self._me
        if not self._stop.is_set():
            library.activate(me.model, me.fingerprint, me.dim)
            library.set("building", None)
        if not self._replaces():
            for root in library.roots():
                count = sum(inside(path, root.path) for path in known)
                library.set_root(root.path, photos=count)

    def _summary(self, seconds: float) -> Summary:
        count = self._counts
        made = count["indexed"] + count["copy"]
        return Summary(
            indexed=count["indexed"],
            copies=count["copy"],
            unchanged=count["unchanged"],
            moved=count["moved"],
            removed=count["removed"],
            skipped=count["skipped"],
            offline_roots=count["offline"],
            decodes=count["decodes"],
            encodes=count["encodes"],
            seconds=round(seconds, 3),
            images_per_second=round(made / max(seconds, 1e-9), 2),
        )
