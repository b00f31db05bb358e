"""Captions for photos that have none, by the encoder's own words, after they were indexed.

    decode (children) → Generator.caption → Store.put

What is written is durable within seconds, so a run that is stopped or killed asks for no caption
twice. Refuses to know when it is time for it, and what a caption is good for.
"""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladva.indexes.caption_source import MACHINE
from vladva.indexes.catalog import FileStamp
from vladva.indexes.changes import Desk
from vladva.indexes.decode import Decoded, Job
from vladva.indexes.events import Captioned, Event, Skipped
from vladva.indexes.pace import Pace
from vladva.indexes.paths import from_text
from vladva.indexes.pool import DecodePool
from vladva.indexes.turns import Turns
from vladva.protocols import Generator as Speaker
from vladva.protocols import Prepared, Style

COMMIT_S = 2.0
"""How long a caption may wait for its commit."""
_LARGEST = 64  # captions in a commit
_AT_ONCE = 8  # pictures a call of the generator
_TICK_S = 0.05


@dataclass(frozen=True)
class Captioner:
    """Who writes captions, and how long ones. The speaker sees what the encoder's prepare gives."""

    speaker: Speaker
    model: str
    style: Style


class _Said(NamedTuple):
    content: str
    caption: str


class Captioning:
    """Writes what rows of a table lack. Used again and again by one run, between its turns."""

    def __init__(self, turns: Turns, captioner: Captioner) -> None:
        self._turns = turns
        self._by = captioner
        self._tried: set[str] = set()  # contents that gave no caption in this run
        self._waiting: list[tuple[str, Prepared]] = []
        self._said: list[_Said] = []
        self._since = 0.0

    def run(self) -> Generator[Event, None, None]:
        """Caption what has none; ends early, and in order, once `stop` is set."""
        stop = self._turns.manner.stop
        lacking = {} if stop.is_set() else _lacking(self._turns.store.facts(), self._tried)
        if not lacking:
            return
        jobs = [Job(min(stamps)) for stamps in lacking.values()]
        pace = Pace(len(jobs))
        workers = self._turns.manner.workers
        with DecodePool(jobs, self._turns.encoder.prepare, workers=workers) as pool:
            try:
                while (pool.left or self._waiting) and not stop.is_set():
                    yield from self._step(pool, pace, lacking)
                    yield from self._told(pace)
            finally:
                self._commit(lacking)
                self._waiting = []
        yield from self._turns.desk.commits.told(wait=True)
        self._turns.store.tidy()

    def _step(
        self, pool: DecodePool, pace: Pace, lacking: Mapping[str, list[FileStamp]]
    ) -> Iterator[Event]:
        throttle = self._turns.manner.throttle
        if throttle.resting:
            self._commit(lacking)
            yield from self._turns.desk.commits.told(wait=True)
            with pool.resting():
                throttle.wait(self._turns.manner.stop)
            return
        result = pool.take(_TICK_S)
        if isinstance(result, Decoded) and result.content in lacking:
            self._waiting.append((result.content, result.prepared))
        elif result is not None:
            pace.done += 1
            if not isinstance(result, Decoded):  # another content is for the next look
                yield Skipped(result.stamp.path, f"no caption: {result.reason}", result.hint)
        if len(self._waiting) >= _AT_ONCE or (self._waiting and not pool.left):
            with pool.resting() if self._turns.encoder.on_cpu else nullcontext():
                pace.done += self._say()
        if len(self._said) >= _LARGEST or time.monotonic() - self._since >= COMMIT_S:
            self._commit(lacking)

    def _say(self) -> int:
        """Caption the pictures that wait → how many they were."""
        begun = time.monotonic()
        contents, pictures = zip(*self._waiting, strict=True)
        self._waiting = []
        captions = self._by.speaker.caption(pictures, self._by.style)
        if not self._said:
            self._since = time.monotonic()
        for content, caption in zip(contents, captions, strict=True):
            words = " ".join(caption.split())
            if words:
                self._said.append(_Said(content, words))
            else:
                self._tried.add(content)
        self._turns.manner.throttle.worked(time.monotonic() - begun)
        return len(contents)

    def _commit(self, lacking: Mapping[str, list[FileStamp]]) -> None:
        if not self._said:
            return
        said, self._said = self._said, []
        desk, model = self._turns.desk, self._by.model
        events = [
            Captioned(stamp.path, caption)
            for content, caption in said
            for stamp in sorted(lacking[content])
        ]
        paths = [event.path for event in events]
        desk.commits.add(lambda: _write(desk, dict(said), paths, model), events)

    def _told(self, pace: Pace) -> Iterator[Event]:
        yield from self._turns.desk.commits.told()
        if pace.due():
            yield pace.report()


def _lacking(facts: pa.Table, tried: set[str]) -> dict[str, list[FileStamp]]:
    """Content → the files with it, of the rows without a caption."""
    empty = pc.equal(pc.fill_null(facts["caption"], ""), "")
    rows = facts.filter(empty).select(["content", *FileStamp._fields])
    found: dict[str, list[FileStamp]] = {}
    columns = [column.to_pylist() for column in rows.columns]
    for content, path, *rest in zip(*columns, strict=True):
        if content not in tried:
            found.setdefault(content, []).append(FileStamp(from_text(path), *rest))
    return found


def _write(desk: Desk, said: Mapping[str, str], paths: Sequence[str], model: str) -> None:
    """One commit; rows that have a caption, or another content, by now stay as they are."""
    desk.captions.keep(said, model)
    ids = [desk.library.photo_id(path) for path in paths]
    rows = [
        replace(row, caption=said[row.content], caption_source=MACHINE + model)
        for row in desk.store.rows(ids).values()
        if row.content in said and not row.caption
    ]
    if rows:
        vectors = desk.store.vectors([row.id for row in rows])
        desk.store.put(rows, np.stack([vectors[row.id] for row in rows]))
