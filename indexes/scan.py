"""The walk over a photo folder: which files are there, from the file system's own records.

Yields as it goes, opens no file, follows links without walking in circles. Refuses to know what
the index holds.
"""

# A walk makes paths by the hundred thousand, and plain strings are cheap.
# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH119, PTH120

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator

from vladva.images import IMAGE_SUFFIXES, RAW_SUFFIXES
from vladva.indexes.catalog import FileStamp
from vladva.indexes.events import Skipped
from vladva.indexes.exclude import Exclude
from vladva.indexes.home import MARKER
from vladva.indexes.pairs import Pairs, beside_paths, is_raw
from vladva.indexes.paths import inside_any, openable

_OTHER = "eps exr hdr icns ico j2k jp2 jpf jpx jxl pbm pcx pgm pnm ppm psb psd svg tga xcf"
OTHER_PICTURES = frozenset(f".{name}" for name in _OTHER.split())
"""Pictures that may fail to decode: reported with a reason, never passed over in silence."""
CANDIDATES = frozenset({*IMAGE_SUFFIXES, *RAW_SUFFIXES, *OTHER_PICTURES, ""})
"""Suffixes of files worth opening; a file without any may be a picture, its first bytes decide."""
CACHES = frozenset(
    {
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "@eadir",
        "@recycle",
        "__macosx",
        "lost+found",
        "system volume information",
    }
)
"""Folders of systems and storage boxes that hold no photos of the user's, in lower case."""

_DATALESS = 0x40000000  # SF_DATALESS of macOS: the name is here, the content is not
_OFFLINE = 0x1000 | 0x40000 | 0x400000  # Windows: offline, recall on open, recall on access
_HIDDEN = 0x2  # FILE_ATTRIBUTE_HIDDEN of Windows
_MARKED = any(hasattr(os.stat_result, name) for name in ("st_flags", "st_file_attributes"))
_PLACEHOLDER = (
    "a placeholder: its content is not on this computer",
    "make it available offline in the cloud service's program, then index again",
)


def walk(  # noqa: PLR0913 - one argument an option
    folder: str,
    exclude: Exclude | None = None,
    avoid: Collection[str] = (),
    *,
    deep: bool = True,
    disks: set[str] | None = None,
    ended: Callable[[], bool] | None = None,
) -> Iterator[FileStamp | Skipped]:
    """Every candidate file at or below `folder`, depth first, in the order of names.

    Hidden files and folders, caches, other libraries and what `exclude` names are passed over,
    and so is a raw file whose JPEG or HEIC lies beside it (`pairs`: it comes with that one);
    a folder that cannot be listed, a link to nothing and a cloud placeholder are `Skipped`. Links
    are followed last, and not into `folder` itself, into `avoid` (the other roots), or into a
    folder that was walked before. Not `deep`: the files of this one folder alone. `disks` is
    filled with the folders on another device than the folder that they lie in. `ended` is asked
    before every folder, and ends the walk where it says so.
    """
    way = _Walk(folder, exclude or Exclude((), folder), avoid, deep=deep)
    if ended is not None:
        way.ended = ended
    if disks is not None:
        way.disks = disks
    yield from way.run()


def raws_beside(broken: Collection[FileStamp], exclude: Exclude) -> Iterator[FileStamp]:
    """The raw files that come with pictures of one folder which cannot be read themselves.

    As entries of their own; a raw file that another picture leads as well is passed over.
    """
    wanted = {path for stamp in broken for path in beside_paths(stamp) if is_raw(path)}
    if not wanted:
        return
    walk = _Walk(os.path.dirname(next(iter(wanted))), exclude, (), deep=False)
    walk.without = frozenset(stamp.path for stamp in broken)
    for item in walk.run():
        if isinstance(item, FileStamp) and item.path in wanted:
            yield item


class _Walk:
    def __init__(
        self, folder: str, exclude: Exclude, avoid: Collection[str], *, deep: bool
    ) -> None:
        self.deep = deep
        self.exclude = exclude
        self.taken = (folder, *avoid)
        self.folders = [(folder, 0)]  # with the device of what it lies in, 0 for unknown
        self.links: list[tuple[str, Pairs, int]] = []
        self.walked: set[tuple[int, int]] = set()
        self.counted: set[int] = set()  # devices that are known to count blocks
        self.doubtful: list[FileStamp] = []
        self.disks: set[str] = set()
        self.without: frozenset[str] = frozenset()  # files that count as not there
        self.ended: Callable[[], bool] = lambda: False

    def run(self) -> Iterator[FileStamp | Skipped]:
        while (self.folders or self.links) and not self.ended():
            if self.folders:
                yield from self.folder(*self.folders.pop())
            else:
                yield from self.link(*self.links.pop(0))
        for stamp in self.doubtful:
            yield Skipped(stamp.path, *_PLACEHOLDER) if stamp.dev in self.counted else stamp

    def folder(self, folder: str, around: int) -> Iterator[FileStamp | Skipped]:
        try:
            facts = os.stat(openable(folder))
            if (facts.st_dev, facts.st_ino) in self.walked and facts.st_ino:
                return
            self.walked.add((facts.st_dev, facts.st_ino))
            if around not in (0, facts.st_dev):
                self.disks.add(folder)
            with os.scandir(openable(folder)) as listing:
                entries = sorted(listing, key=_name)
        except OSError as error:
            yield Skipped(folder, _reason(error), "check its permissions and its disk")
            return
        if any(entry.name == MARKER for entry in entries):
            return
        prefix = os.path.join(folder, "")
        wanted = [entry for entry in entries if self.wanted(prefix, entry)]
        yield from self.entries(wanted, prefix, facts.st_dev)

    def wanted(self, prefix: str, entry: "os.DirEntry[str]") -> bool:
        if entry.name.startswith(".") or self.exclude.matches(prefix + entry.name):
            return False
        return not self.without or prefix + entry.name not in self.without

    def entries(
        self, entries: "list[os.DirEntry[str]]", prefix: str, device: int
    ) -> Iterator[FileStamp | Skipped]:
        pairs = Pairs(entries)
        below: list[str] = []
        for entry in entries:
            if entry.is_symlink():
                self.links.append((prefix + entry.name, pairs, device))
            elif entry.is_dir(follow_symlinks=False):
                if entry.name.lower() not in CACHES:
                    below.append(prefix + entry.name)
            elif pairs.suffixes[entry.name] in CANDIDATES:
                found = self.file(prefix + entry.name, entry.name, pairs, entry)
                if found is not None:
                    yield found
        if self.deep:
            self.folders.extend((path, device) for path in reversed(below))

    def link(self, path: str, pairs: Pairs, around: int) -> Iterator[FileStamp | Skipped]:
        target, name = os.path.realpath(path), os.path.basename(path)
        if not os.path.exists(target):
            if pairs.suffixes[name] in CANDIDATES:
                yield Skipped(path, "a link to nothing", "delete it or restore its target")
        elif inside_any(target, self.taken):
            return
        elif os.path.isdir(target):
            if self.deep:
                self.folders.append((path, around))
        elif pairs.suffixes[name] in CANDIDATES:
            found = self.file(path, name, pairs)
            if found is not None:
                yield found

    def file(
        self, path: str, name: str, pairs: Pairs, entry: "os.DirEntry[str] | None" = None
    ) -> FileStamp | Skipped | None:
        if pairs.follows(name):
            return None
        try:
            facts = os.stat(openable(path)) if entry is None else entry.stat()
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)  # since its folder was listed
            skip = Skipped(path, _reason(error), "check its permissions and its disk")
            return None if gone else skip
        if not stat.S_ISREG(facts.st_mode):
            return None
        inode = facts.st_ino or (entry.inode() if entry else 0)  # Windows lists without inodes
        beside = pairs.beside(name)
        stamp = FileStamp(path, facts.st_size, facts.st_mtime_ns, facts.st_dev, inode, beside)
        if _MARKED and (_hidden(facts) or _absent(facts)):
            return None if _hidden(facts) else Skipped(path, *_PLACEHOLDER)
        if self.has_blocks(facts) or not stamp.size:
            return stamp
        self.doubtful.append(stamp)
        return None

    def has_blocks(self, facts: os.stat_result) -> bool:
        """Some file systems count none at all, so a 0 alone proves nothing."""
        if not getattr(facts, "st_blocks", 1):
            return False
        self.counted.add(facts.st_dev)
        return True


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _absent(facts: os.stat_result) -> bool:
    flags: int = getattr(facts, "st_flags", 0)
    attributes: int = getattr(facts, "st_file_attributes", 0)
    return bool(flags & _DATALESS or attributes & _OFFLINE)


def _hidden(facts: os.stat_result) -> bool:
    return sys.platform == "win32" and bool(getattr(facts, "st_file_attributes", 0) & _HIDDEN)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
