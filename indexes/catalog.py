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
    """A file as the file system describes it; equal size and time mean: not changed."""

    path: str
    size: int
    mtime_ns: int
    dev: int
    inode: int
    """0 where the file system has none."""


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
    seen: Iterable[FileStamp], known: Mapping[str, FileStamp], hidden: Collection[str] = ()
) -> Plan:
    """Compare the files of a walk with the rows of the index.

    `hidden` are paths that the walk could not look at or below: rows there are out of sight, not
    gone. A path that was seen twice counts once. A file is moved when exactly one missing row and
    exactly one new file agree in device, inode, size and time.
    """
    added: dict[str, FileStamp] = {}
    changed: dict[str, FileStamp] = {}
    met: set[str] = set()
    for stamp in seen:
        old = known.get(stamp.path)
        if old is None:
            added[stamp.path] = stamp
            continue
        met.add(stamp.path)
        if (old.size, old.mtime_ns) != (stamp.size, stamp.mtime_ns):
            changed[stamp.path] = stamp
    missing = [stamp for path, stamp in known.items() if path not in met]
    missing = [stamp for stamp in missing if not (hidden and inside_any(stamp.path, hidden))]
    moved = _match(missing, added.values())
    left, arrived = {m.old.path for m in moved}, {m.new.path for m in moved}
    return Plan(
        added=_newest_first(s for s in added.values() if s.path not in arrived),
        changed=_newest_first(changed.values()),
        moved=moved,
        gone=tuple(sorted(s for s in missing if s.path not in left)),
        unchanged=len(met) - len(changed),
    )


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


def _by_identity(
    stamps: Iterable[FileStamp],
) -> dict[tuple[int, int, int, int], list[FileStamp]]:
    found: dict[tuple[int, int, int, int], list[FileStamp]] = defaultdict(list)
    for stamp in stamps:
        if stamp.inode:
            found[stamp.dev, stamp.inode, stamp.size, stamp.mtime_ns].append(stamp)
    return found


def _newest_first(stamps: Iterable[FileStamp]) -> tuple[FileStamp, ...]:
    return tuple(sorted(stamps, key=lambda stamp: (-stamp.mtime_ns, stamp.path)))
