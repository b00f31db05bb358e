"""The part of a run that needs no decoding: photos that moved, went, or cannot be reached.

Refuses to know how changes are found (`survey`) and how new pictures get their vectors.
"""

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TypeVar

import numpy as np

from vladva.indexes.catalog import FileStamp, Move, fuse_blows
from vladva.indexes.commits import Commits
from vladva.indexes.events import Event, Moved, Removed, Skipped
from vladva.indexes.library import Library, State
from vladva.indexes.machine_captions import MachineCaptions
from vladva.indexes.paths import inside
from vladva.indexes.scopes import Scope, device
from vladva.indexes.store import Store
from vladva.indexes.survey import Survey
from vladva.indexes.thumbs import drop_thumb, lay_thumb, lift_thumb

_ROWS_AT_ONCE = 512

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """What every part of a run writes with."""

    library: Library
    store: Store
    commits: Commits

    @cached_property
    def captions(self) -> MachineCaptions:
        """What models wrote, for rows that are made anew."""
        return MachineCaptions(self.library)


def move(desk: Desk, moves: Sequence[Move], stop: threading.Event | None = None) -> Iterator[Event]:
    """Give rows and thumbnails their new paths; vectors stay. Durable when it ends.

    Once `stop` is set, the rest is left to the next run.
    """
    for part in _safe_parts(moves):
        if stop is not None and stop.is_set():
            break
        desk.commits.add(
            lambda part=part: _rename(desk, part),  # type: ignore[misc]
            [Moved(move.new.path, move.old.path) for move in part],
        )
        yield from desk.commits.told()
    yield from desk.commits.told(wait=True)


def remove(
    desk: Desk,
    found: Survey,
    moved: set[str],
    state: State | None = "idle",
    stop: threading.Event | None = None,
) -> Generator[Event, None, int]:
    """Drop the rows of files that are gone → how many folders blew the fuse instead.

    `moved` are those of them whose picture turned up under another path. What a glob excludes
    goes without question; what vanished without a word goes unless the fuse blows. `state` is
    that of the roots where it does not; None leaves them alone, for looks at a part. Once `stop`
    is set, the rest is left to the next run.
    """
    gone = [stamp for stamp in found.plan.gone if stamp.path not in moved]
    blown = 0
    for scope in found.online:
        mine = [stamp for stamp in gone if inside(stamp.path, scope.folder)]
        lost = [stamp for stamp in mine if stamp.path not in found.unwanted]
        if _blows(found, scope, len(lost)):
            blown += 1
            yield set_offline(desk.library, scope, f"{len(lost)} photos are missing at once")
            mine = [stamp for stamp in mine if stamp.path in found.unwanted]
        elif state and scope.folder == scope.root.path:  # a part says nothing of the whole
            desk.library.set_root(scope.folder, state=state, dev=device(scope.folder))
        for part in _parts(mine):
            if stop is not None and stop.is_set():
                return blown
            desk.commits.add(
                lambda part=part: _drop(desk, part),  # type: ignore[misc]
                [Removed(stamp.path) for stamp in part],
            )
            yield from desk.commits.told()
    return blown


def set_offline(library: Library, scope: Scope, cause: str) -> Skipped:
    """Mark a root as away: its rows stay as they are."""
    root = scope.root.path
    library.set_root(root, state="offline")
    hint = f"connect its disk and index again, or `vladva forget {root}` if they are gone for good"
    return Skipped(scope.folder, f"{cause}; what the index knows of it is kept", hint)


def unreachable(library: Library, scope: Scope) -> Skipped:
    """What is said of a scope that cannot be listed; a root is marked as away, a part is not."""
    if scope.folder == scope.root.path:
        return set_offline(library, scope, "the folder cannot be reached")
    return Skipped(scope.folder, "it cannot be listed", "check its permissions")


def _blows(found: Survey, scope: Scope, lost: int) -> bool:
    known = sum(inside(path, scope.folder) for path in found.known)
    moved_disk = scope.root.dev not in (0, device(scope.root.path))
    return fuse_blows(known=known, gone=lost, device_changed=moved_disk)


def _rename(desk: Desk, moves: Sequence[Move]) -> None:
    name = desk.library.photo_id
    ids = {name(move.old.path): move.new for move in moves}
    rows, vectors = desk.store.rows(ids), desk.store.vectors(ids)
    news = [
        replace(rows[old], id=name(stamp.path), **stamp._asdict()) for old, stamp in ids.items()
    ]
    lifted = [lift_thumb(desk.library, old) for old in ids]
    for row in news:  # whatever shows there, it is another picture
        drop_thumb(desk.library, row.id)
    left = ids.keys() - {row.id for row in news}
    desk.store.put(news, np.stack([vectors[old] for old in ids]), drop=left)
    for thumb, row in zip(lifted, news, strict=True):
        lay_thumb(desk.library, thumb, row.id)


def _safe_parts(moves: Sequence[Move]) -> Iterator[list[Move]]:
    """Commits in an order in which no row is overwritten before it has moved on.

    Names that were shifted make a chain, which is taken from its free end; names that changed
    places make a ring, which has none and goes in one commit.
    """
    coming = {move.new.path: move for move in moves}
    leaving = {move.old.path: move for move in moves}
    ends = [move for move in moves if move.new.path not in leaving]
    yield from _parts(step for end in ends for step in _chain(end, coming))
    ring: list[Move] = []
    while coming:
        ring += _chain(coming[next(iter(coming))], coming)
        if len(ring) >= _ROWS_AT_ONCE or not coming:
            yield ring
            ring = []


def _chain(last: Move, coming: dict[str, Move]) -> Iterator[Move]:
    """A move, then the one that takes the place it leaves, and so on; each is used up."""
    step: Move | None = coming.pop(last.new.path, None)
    while step is not None:
        yield step
        step = coming.pop(step.old.path, None)


def _drop(desk: Desk, stamps: Sequence[FileStamp]) -> None:
    ids = [desk.library.photo_id(stamp.path) for stamp in stamps]
    desk.store.drop(ids)
    for id_ in ids:
        drop_thumb(desk.library, id_)


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, _ROWS_AT_ONCE)):
        yield part
