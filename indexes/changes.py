"""The part of a run that needs no decoding: photos that moved, went, or cannot be reached.

Refuses to know how changes are found (`survey`) and how new pictures get their vectors.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

import numpy as np

from vladva.indexes.catalog import FileStamp, Move, fuse_blows
from vladva.indexes.commits import Commits
from vladva.indexes.events import Event, Moved, Removed, Skipped
from vladva.indexes.library import Library
from vladva.indexes.paths import inside
from vladva.indexes.scopes import Scope
from vladva.indexes.store import Store
from vladva.indexes.survey import Survey, device
from vladva.indexes.thumbs import drop_thumb, move_thumb

_ROWS_AT_ONCE = 512

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """What every part of a run writes with."""

    library: Library
    store: Store
    commits: Commits


def move(desk: Desk, moves: Iterable[Move]) -> Iterator[Event]:
    """Give rows and thumbnails their new paths; vectors stay. Durable when it ends."""
    for part in _parts(moves):
        desk.commits.add(
            lambda part=part: _rename(desk, part),  # type: ignore[misc]
            [Moved(move.new.path, move.old.path) for move in part],
        )
        yield from desk.commits.told()
    yield from desk.commits.told(wait=True)


def remove(desk: Desk, found: Survey, moved: set[str]) -> Generator[Event, None, int]:
    """Drop the rows of files that are gone → how many folders blew the fuse instead.

    `moved` are those of them whose picture turned up under another path. What a glob excludes
    goes without question; what vanished without a word goes unless the fuse blows.
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
        elif scope.folder == scope.root.path:  # a part says nothing of the whole
            desk.library.set_root(scope.folder, state="idle", dev=device(scope.folder))
        for part in _parts(mine):
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
    desk.store.put(news, np.stack([vectors[old] for old in ids]), drop=ids)
    for old, row in zip(ids, news, strict=True):
        move_thumb(desk.library, old, row.id)


def _drop(desk: Desk, stamps: Sequence[FileStamp]) -> None:
    ids = [desk.library.photo_id(stamp.path) for stamp in stamps]
    desk.store.drop(ids)
    for id_ in ids:
        drop_thumb(desk.library, id_)


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, _ROWS_AT_ONCE)):
        yield part
