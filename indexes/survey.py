"""The first half of a run: walk, compare, and say what has to be done.

Opens no photo. Refuses to know encoders beyond their fingerprint.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vladva.indexes.catalog import FileStamp, Plan, diff
from vladva.indexes.events import Event, Progress, Skipped
from vladva.indexes.exclude import Exclude
from vladva.indexes.library import Failure, Library
from vladva.indexes.pace import Pace
from vladva.indexes.paths import inside, inside_any, openable
from vladva.indexes.scan import walk
from vladva.indexes.scopes import Scope


@dataclass(frozen=True)
class Survey:
    """What a run will do, and where it may not judge."""

    plan: Plan
    offline: tuple[Scope, ...]
    online: tuple[Scope, ...]
    known: Mapping[str, FileStamp]
    """Rows inside the scopes that are online."""
    unwanted: frozenset[str]
    """Paths of `plan.gone` that a glob excludes: gone by wish, not by accident."""


@dataclass
class _Look:
    seen: dict[str, FileStamp] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)


def survey(
    library: Library, fingerprint: str, known: Mapping[str, FileStamp], scopes: Iterable[Scope]
) -> Generator[Event, None, Survey]:
    """Look through `scopes`: yields `Skipped` and `Progress`, returns the `Survey`.

    A scope that cannot be listed is offline: its rows stay as they are.
    """
    look = _Look()
    offline: list[Scope] = []
    online: list[Scope] = []
    roots = [root.path for root in library.roots()]
    for scope in scopes:
        reachable = yield from _walked(scope, roots, look)
        (online if reachable else offline).append(scope)
    inner = [scope.folder for scope in online]
    known = {path: stamp for path, stamp in known.items() if inside_any(path, inner)}
    yield from _failed_before(library, fingerprint, inner, look)
    plan = diff(look.seen.values(), known, look.hidden)
    unwanted = {
        stamp.path
        for scope in online
        for stamp in plan.gone
        if inside(stamp.path, scope.folder) and _exclude(scope).covers(stamp.path)
    }
    return Survey(plan, tuple(offline), tuple(online), known, frozenset(unwanted))


def device(folder: str) -> int:
    """The device that a folder is on, 0 where it cannot be told."""
    try:
        return Path(openable(folder)).stat().st_dev
    except OSError:
        return 0


def _walked(scope: Scope, roots: list[str], look: _Look) -> Generator[Event, None, bool]:
    others = [root for root in roots if root != scope.root.path]
    pace = Pace()
    for item in walk(scope.folder, _exclude(scope), others):
        if isinstance(item, FileStamp):
            look.seen[item.path] = item
        elif item.path == scope.folder:
            return False
        else:
            look.hidden.append(item.path)
            yield item
        if pace.due():
            yield Progress(0, len(look.seen), 0.0, None)
    return True


def _failed_before(
    library: Library, fingerprint: str, folders: list[str], look: _Look
) -> Generator[Event, None, None]:
    """Files that failed and have not changed are skipped again; what has changed is forgiven."""
    forgiven = []
    for failure in library.failures():
        if not inside_any(failure.path, folders):
            continue
        stamp = look.seen.get(failure.path)
        if stamp is None or not _same(failure, stamp):
            forgiven.append(failure.path)
        elif failure.fingerprint in ("", fingerprint):
            del look.seen[failure.path]
            yield Skipped(failure.path, failure.reason, failure.hint)
    library.forgive(forgiven)


def _same(failure: Failure, stamp: FileStamp) -> bool:
    return (failure.size, failure.mtime_ns) == (stamp.size, stamp.mtime_ns)


def _exclude(scope: Scope) -> Exclude:
    return Exclude(scope.root.exclude, scope.root.path)
