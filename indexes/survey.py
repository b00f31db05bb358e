"""The first half of a run: walk, compare, and say what has to be done.

Opens no photo. Refuses to know encoders beyond their fingerprint.
"""

# ruff: noqa: PTH120 - strings, as in `scan`

import os
import stat
import threading
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vladva.images import DECODER_VERSION
from vladva.indexes.catalog import FileStamp, Plan, diff
from vladva.indexes.disks import disks, is_disk, remember
from vladva.indexes.events import Event, Progress, Skipped
from vladva.indexes.exclude import Exclude
from vladva.indexes.library import Failure, Library
from vladva.indexes.pace import Pace
from vladva.indexes.pairs import beside_paths, is_raw
from vladva.indexes.paths import inside, openable, overlap
from vladva.indexes.returning import still_missing
from vladva.indexes.scan import raws_beside, walk
from vladva.indexes.scopes import Cover, Scope

_LISTED = 64  # files between two looks at the clock


@dataclass(frozen=True)
class Survey:
    """What a run will do, and where it may not judge."""

    plan: Plan
    offline: tuple[Scope, ...]
    online: tuple[Scope, ...]
    known: Mapping[str, FileStamp]
    """Rows inside the scopes that are online."""
    unwanted: frozenset[str]
    """Paths of `plan.gone` that a glob excludes, that are raw files and come with a JPEG now, or
    that cannot be read: gone by wish, not by accident."""
    doubted: tuple[Scope, ...] = ()
    """Scopes that could be looked at, but were away before and are not whole again (`returning`):
    what they miss is not gone yet."""


NOTHING = Survey(Plan((), (), (), (), 0), (), (), {}, frozenset())
"""What a look knows that was cut short: it may not conclude anything."""


@dataclass
class _Look:
    seen: dict[str, FileStamp] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    failed: dict[str, FileStamp] = field(default_factory=dict)
    disks: set[str] = field(default_factory=set)


def survey(  # noqa: PLR0913 - what is known, and where to look
    library: Library,
    fingerprint: str,
    known: Mapping[str, FileStamp],
    scopes: Iterable[Scope],
    stale: Collection[str] = (),
    *,
    stop: threading.Event | None = None,
) -> Generator[Event, None, Survey]:
    """Look through `scopes`: yields `Skipped` and `Progress`, returns the `Survey`.

    Where `stop` is set meanwhile it is `NOTHING`.
    `stale`: paths of rows whose facts must be read again. A scope that cannot be listed is
    offline: its rows stay as they are, and so do those on a disk inside a root that is not there
    (`disks`). But a part of a root that is not there any more, while the root is, holds nothing.
    """
    look = _Look()
    offline: list[Scope] = []
    online: list[Scope] = []
    roots = [root.path for root in library.roots()]
    stop = stop or threading.Event()
    for scope in scopes:
        reachable = yield from _walked(scope, roots, known, look, stop)
        if stop.is_set():
            return NOTHING
        (online if reachable else offline).append(scope)
    cover = Cover(online)
    known = {path: stamp for path, stamp in known.items() if cover(path)}
    yield from _failed_before(library, fingerprint, cover, look)
    _instead(look, online)
    for scope in online:
        yield from _disks_away(library, scope, known, look)
    plan = diff(look.seen.values(), known, look.hidden, stale)
    unwanted = frozenset(_unwanted(plan, online, look))
    doubted = yield from _doubted(library, plan, online, known, unwanted)
    sure = tuple(scope for scope in online if scope not in doubted)
    return Survey(plan, tuple(offline), sure, known, unwanted, doubted)


def _disks_away(
    library: Library, scope: Scope, known: Mapping[str, FileStamp], look: _Look
) -> Iterator[Skipped]:
    """What was on a disk inside a root is out of sight, not gone, when that disk is not there."""
    root, exclude = scope.root.path, _exclude(scope)
    before = disks(library, root)
    kept = {folder for folder in look.disks if inside(folder, root)}
    for folder in before:
        if not overlap(folder, scope.folder) or is_disk(folder) or folder in look.hidden:
            kept.add(folder)
        elif not exclude.covers(folder) and any(
            inside(path, folder) and path not in look.seen for path in known
        ):
            kept.add(folder)
            look.hidden.append(folder)
            yield Skipped(folder, *_taken_out(folder))
    remember(library, root, kept)


def _taken_out(folder: str) -> tuple[str, str]:
    reason = "the disk that was here is away; what the index knows of it is kept"
    hint = f"connect it and index again, or `vladva forget {folder}` if it is gone for good"
    return reason, hint


def _doubted(
    library: Library,
    plan: Plan,
    scopes: Iterable[Scope],
    known: Mapping[str, FileStamp],
    unwanted: Collection[str],
) -> Generator[Event, None, tuple[Scope, ...]]:
    """The scopes that were away, and of which something may still be on its way."""
    doubted: list[Scope] = []
    for scope in scopes:
        mine = (stamp.path for stamp in plan.gone if inside(stamp.path, scope.folder))
        missing = [path for path in mine if path not in unwanted]
        count = sum(inside(path, scope.folder) for path in known) if missing else 0
        skipped = still_missing(library, scope, count, missing)
        if skipped is not None:
            doubted.append(scope)
            yield skipped
    return tuple(doubted)


def _unwanted(plan: Plan, online: Iterable[Scope], look: _Look) -> Iterator[str]:
    for root, scope in {scope.root.path: scope for scope in online}.items():
        exclude = _exclude(scope)
        mine = (stamp.path for stamp in plan.gone if inside(stamp.path, root))
        yield from filter(exclude.covers, mine)
    yield from (stamp.path for stamp in plan.gone if stamp.path in look.failed)
    if any(is_raw(stamp.path) for stamp in plan.gone):
        followers = {path for stamp in look.seen.values() for path in beside_paths(stamp)}
        yield from (stamp.path for stamp in plan.gone if stamp.path in followers)


def _walked(
    scope: Scope,
    roots: list[str],
    known: Mapping[str, FileStamp],
    look: _Look,
    stop: threading.Event,
) -> Generator[Event, None, bool]:
    avoid = [root for root in roots if root != scope.folder]
    pace = Pace()
    way = walk(
        scope.folder, _exclude(scope), avoid, deep=scope.deep, disks=look.disks, ended=stop.is_set
    )
    for item in way:
        if stop.is_set():
            return True
        if isinstance(item, FileStamp):
            old = known.get(item.path)  # its equal, which is here already: nothing is kept twice
            look.seen[item.path] = old if old is not None and old == item else item
            if len(look.seen) % _LISTED:
                continue
        elif item.path == scope.folder:
            return _vanished(scope)
        else:
            look.hidden.append(item.path)
            yield item
        if pace.due():
            yield Progress(0, len(look.seen), 0.0, None)
    return True


def _vanished(scope: Scope) -> bool:
    """Whether a part of a root is really not there, rather than out of reach."""
    if scope.folder == scope.root.path or not Path(openable(scope.root.path)).is_dir():
        return False
    try:
        return not stat.S_ISDIR(Path(openable(scope.folder)).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _failed_before(
    library: Library, fingerprint: str, cover: Cover, look: _Look
) -> Generator[Event, None, None]:
    """Files that would fail again are skipped; where file or decoder changed they are forgiven."""
    forgiven = []
    for failure in library.failures():
        if not cover(failure.path):
            continue
        stamp = look.seen.get(failure.path)
        if stamp is None or not _same(failure, stamp):
            forgiven.append(failure.path)
        elif failure.fingerprint in ("", fingerprint):
            look.failed[failure.path] = look.seen.pop(failure.path)
            yield Skipped(failure.path, failure.reason, failure.hint)
    library.forgive(forgiven)


def _instead(look: _Look, scopes: Collection[Scope]) -> None:
    """A raw file stands for itself where the picture that it comes with cannot be read."""
    folders: dict[str, list[FileStamp]] = defaultdict(list)
    for path, stamp in look.failed.items():
        if any(map(is_raw, beside_paths(stamp))):
            folders[os.path.dirname(path)].append(stamp)
    for folder, broken in folders.items():
        scope = next(scope for scope in scopes if inside(folder, scope.folder))
        for stamp in raws_beside(broken, _exclude(scope)):
            look.seen[stamp.path] = stamp


def _same(failure: Failure, stamp: FileStamp) -> bool:
    """Whether the very file would fail again, by the very decoder that failed."""
    file_as_before = (failure.size, failure.mtime_ns) == (stamp.size, stamp.mtime_ns)
    return file_as_before and failure.decoder == DECODER_VERSION


def _exclude(scope: Scope) -> Exclude:
    return Exclude(scope.root.exclude, scope.root.path)
