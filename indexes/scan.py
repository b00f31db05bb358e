"""The walk over a photo folder: which files are there, from the file system's own records.

Yields as it goes, opens no file, follows links without walking in circles. Refuses to know what
the index holds.
"""

# A walk makes paths by the hundred thousand, and plain strings are cheap.
# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH122

import os
import stat
import sys
from collections.abc import Collection, Iterator

from vladva.images import IMAGE_SUFFIXES
from vladva.indexes.catalog import FileStamp
from vladva.indexes.events import Skipped
from vladva.indexes.exclude import Exclude
from vladva.indexes.library import MARKER
from vladva.indexes.paths import inside_any, openable

_RAW = "3fr arw cr2 cr3 dng erf iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f"
_OTHER = "eps exr hdr icns ico j2k jp2 jpf jpx jxl pbm pcx pgm pnm ppm psb psd svg tga xcf"
RAW_SUFFIXES = frozenset(f".{name}" for name in _RAW.split()) - IMAGE_SUFFIXES
OTHER_PICTURES = frozenset(f".{name}" for name in _OTHER.split())
"""Pictures that may fail to decode: reported with a reason, never passed over in silence."""
CANDIDATES = frozenset({*IMAGE_SUFFIXES, *OTHER_PICTURES, ""})
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
_PLACEHOLDER = (
    "a placeholder: its content is not on this computer",
    "make it available offline in the cloud service's program, then index again",
)


def walk(
    folder: str, exclude: Exclude | None = None, avoid: Collection[str] = ()
) -> Iterator[FileStamp | Skipped]:
    """Every candidate file at or below `folder`, depth first, in the order of names.

    Hidden files and folders, caches, other libraries and what `exclude` names are passed over;
    a folder that cannot be listed, a link to nothing and a cloud placeholder are `Skipped`. Links
    are followed last, and not into `folder` itself, into `avoid` (the other roots), or into a
    folder that was walked before.
    """
    yield from _Walk(folder, exclude or Exclude((), folder), avoid).run()


class _Walk:
    def __init__(self, folder: str, exclude: Exclude, avoid: Collection[str]) -> None:
        self.exclude = exclude
        self.taken = (folder, *avoid)
        self.folders = [folder]
        self.links: list[str] = []
        self.walked: set[tuple[int, int]] = set()
        self.counted: set[int] = set()  # devices that are known to count blocks
        self.doubtful: list[FileStamp] = []

    def run(self) -> Iterator[FileStamp | Skipped]:
        while self.folders or self.links:
            if self.folders:
                yield from self.folder(self.folders.pop())
            else:
                yield from self.link(self.links.pop(0))
        for stamp in self.doubtful:
            yield Skipped(stamp.path, *_PLACEHOLDER) if stamp.dev in self.counted else stamp

    def folder(self, folder: str) -> Iterator[FileStamp | Skipped]:
        try:
            facts = os.stat(openable(folder))
            if (facts.st_dev, facts.st_ino) in self.walked and facts.st_ino:
                return
            self.walked.add((facts.st_dev, facts.st_ino))
            with os.scandir(openable(folder)) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(folder, _reason(error), "check its permissions and its disk")
            return
        if any(entry.name == MARKER for entry in entries):
            return
        below: list[str] = []
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if entry.name.startswith(".") or self.exclude.matches(path):
                continue
            if entry.is_symlink():
                self.links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                if entry.name.lower() not in CACHES:
                    below.append(path)
            elif entry.is_file(follow_symlinks=False):
                yield from self.file(path, entry)
        self.folders.extend(reversed(below))

    def link(self, path: str) -> Iterator[FileStamp | Skipped]:
        target = os.path.realpath(path)
        if not os.path.exists(target):
            if _candidate(path):
                yield Skipped(path, "a link to nothing", "delete it or restore its target")
        elif inside_any(target, self.taken):
            return
        elif os.path.isdir(target):
            self.folders.append(path)
        else:
            yield from self.file(path, None)

    def file(self, path: str, entry: "os.DirEntry[str] | None") -> Iterator[FileStamp | Skipped]:
        if _suffix(path) in RAW_SUFFIXES:
            yield Skipped(path, "a camera's raw file", "export it as JPEG beside the raw file")
        if not _candidate(path):
            return
        try:
            facts = os.stat(openable(path)) if entry is None else entry.stat()
        except FileNotFoundError:  # gone since its folder was listed
            return
        except OSError as error:
            yield Skipped(path, _reason(error), "check its permissions and its disk")
            return
        if not stat.S_ISREG(facts.st_mode) or _hidden(facts):
            return
        inode = facts.st_ino or (entry.inode() if entry else 0)  # Windows lists without inodes
        stamp = FileStamp(path, facts.st_size, facts.st_mtime_ns, facts.st_dev, inode)
        if _absent(facts):
            yield Skipped(path, *_PLACEHOLDER)
        elif stamp.size and self.blocks(facts) == 0:
            self.doubtful.append(stamp)
        else:
            yield stamp

    def blocks(self, facts: os.stat_result) -> int:
        """Blocks of a file; some file systems count none at all, so a 0 alone proves nothing."""
        blocks: int = getattr(facts, "st_blocks", 1)
        if blocks:
            self.counted.add(facts.st_dev)
        return blocks


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _candidate(path: str) -> bool:
    return _suffix(path) in CANDIDATES


def _absent(facts: os.stat_result) -> bool:
    flags: int = getattr(facts, "st_flags", 0)
    attributes: int = getattr(facts, "st_file_attributes", 0)
    return bool(flags & _DATALESS or attributes & _OFFLINE)


def _hidden(facts: os.stat_result) -> bool:
    return sys.platform == "win32" and bool(getattr(facts, "st_file_attributes", 0) & _HIDDEN)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
