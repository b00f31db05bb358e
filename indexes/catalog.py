"""What changed between the disk and the index: pure comparison, no file is touched.

Refuses to know how files are found, read or stored. Moves are recognised here by what the file
system says (device, inode, size, time); moves across file systems are recognised later, by
content, because that needs the file to be read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from vladva.indexes.paths import inside_any

FUSE_FILES = 50
FUSE_SHARE = 0.2


class FileStamp(NamedTuple):
    """A file as the file system describes it.

    Equal size, time and companions mean: not changed.
    """

    path: str
    size: int
    mtime_ns: int
    dev: int
    inode: int
    """0 where the file system has none."""
    beside: str = ""
    """The files that belong to this picture (sidecars, its raw file, its motion), sorted, one a
    line: `name`, `size` and `mtime_ns` with tabs between."""


class Move(NamedTuple):
    """One file under a new path."""

    old: FileStamp
    new: FileStamp


class Plan(NamedTuple):
    """What has to be done, every part sorted: files to read by newest first, others by path."""

    added: tuple[FileStamp, ...]
    changed: tuple[FileStamp, ...]
    moved: tuple[Move, ...]
    gone: tuple[FileStamp, ...]
    unchanged: int


def diff(
    seen: Iterable[FileStamp],
    known: Mapping[str, FileStamp],
    hidden: Collection[str] = (),
    stale: Collection[str] = (),
) -> Plan:
    """Compare the files of a walk with the rows of the index.

    `hidden` are paths that the walk could not look at or below: rows there are out of sight, not
    gone. `stale` are paths whose facts must be read again, changed or not. A path that was seen
    twice counts once.

    A file is moved when exactly one row that lost its file and exactly one file that has no row
    agree in device, inode, size, time and what lies beside them. It may move to where another
    row's file was: names that are swapped or shifted are moves too. A move onto a path replaces
    the row there.
    """
    added: dict[str, FileStamp] = {}
    met: dict[str, FileStamp] = {}
    for stamp in seen:
        (met if stamp.path in known else added)[stamp.path] = stamp
    missing = [stamp for path, stamp in known.items() if path not in met]
    missing = [stamp for stamp in missing if not (hidden and inside_any(stamp.path, hidden))]
    replaced = [stamp for path, stamp in met.items() if stamp != known[path]]
    homeless = [*missing, *(known[stamp.path] for stamp in replaced)]
    moved = _match((r for r in homeless if r.path not in stale), (*added.values(), *replaced))
    left, arrived = {m.old.path for m in moved}, {m.new.path for m in moved}
    doubtful = {*(stamp.path for stamp in replaced), *(path for path in stale if path in met)}
    changed = [
        met[path]
        for path in doubtful - arrived
        if says(met[path]) != says(known[path]) or path in left or path in stale
    ]
    return Plan(
        added=_newest_first(s for s in added.values() if s.path not in arrived),
        changed=_newest_first(changed),
        moved=moved,
        gone=tuple(sorted(s for s in missing if s.path not in left)),
        unchanged=len(met) - sum(path in met for path in arrived) - len(changed),
    )


def says(stamp: FileStamp) -> tuple[int, int, str]:
    """What differs when a file, or what belongs to it, was written to."""
    return stamp.size, stamp.mtime_ns, stamp.beside


def fuse_blows(*, known: int, gone: int, device_changed: bool) -> bool:
    """Whether so much of a root is missing at once that its disk is, rather than its photos.

    A share of more than 20 % and more than 50 files is too much; on another device than last
    time (an empty mount point, another card in the slot) the share alone is.
    """
    return gone > FUSE_SHARE * known and (gone > FUSE_FILES or device_changed)


def _match(missing: Iterable[FileStamp], added: Iterable[FileStamp]) -> tuple[Move, ...]:
    left, arrived = _by_identity(missing), _by_identity(added)
    moves = [
        Move(left[key][0], stamps[0])
        for key, stamps in arrived.items()
        if len(stamps) == 1 and len(left.get(key, ())) == 1
    ]
    return tuple(sorted(moves, key=lambda move: move.new.path))


def _by_identity(stamps: Iterable[FileStamp]) -> dict[tuple[object, ...], list[FileStamp]]:
    found: dict[tuple[object, ...], list[FileStamp]] = defaultdict(list)
    for stamp in stamps:
        if stamp.inode:
            found[_identity(stamp)].append(stamp)
    return found


def _identity(stamp: FileStamp) -> tuple[object, ...]:
    """What a file takes along when it gets another name."""
    return tuple(stamp[1:])


def _newest_first(stamps: Iterable[FileStamp]) -> tuple[FileStamp, ...]:
    return tuple(sorted(stamps, key=lambda stamp: (-stamp.mtime_ns, stamp.path)))
