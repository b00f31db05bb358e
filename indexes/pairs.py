"""Which files of a folder belong together: a picture, its sidecars, its raw file, its motion.

Told from the names of one listing, in which case does not count. Refuses to know what the files
hold, and which pictures the index wants.
"""

# A walk makes paths by the hundred thousand, and plain strings are cheap.
# ruff: noqa: PTH118, PTH119, PTH120

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vladva.images import RAW_SUFFIXES
from vladva.indexes.catalog import FileStamp
from vladva.indexes.paths import from_text, to_text

SIDECARS = frozenset({".xmp", ".txt"})
_MOTION = frozenset({".mov", ".mp4"})
_LEADING = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".heic", ".heif", ".hif"})
"""Pictures that a raw file or a motion belongs to, where both have one stem."""
_FOLLOWING = SIDECARS | RAW_SUFFIXES | _MOTION


class Pairs:
    """The companions in one folder. Nothing is asked of the disk before a picture has some."""

    def __init__(self, entries: Iterable["os.DirEntry[str]"]) -> None:
        self._following: dict[str, list[os.DirEntry[str]]] = defaultdict(list)
        self._leading: set[str] = set()
        self.suffixes: dict[str, str] = {}
        """Of every name: its suffix with the dot, in lower case."""
        for entry in entries:
            stem, suffix = split(entry.name)
            self.suffixes[entry.name] = suffix
            if suffix in _FOLLOWING:
                self._following[stem].append(entry)
            elif suffix in _LEADING and entry.is_file(follow_symlinks=False):
                self._leading.add(stem)
        if not self._following:
            self._leading.clear()

    def follows(self, name: str) -> bool:
        """Whether this is a raw file whose JPEG or HEIC lies beside it: no entry of its own."""
        if not self._leading:
            return False
        stem, suffix = split(name)
        return stem in self._leading and suffix in RAW_SUFFIXES

    def beside(self, name: str) -> str:
        """What belongs to the picture `name`, as `FileStamp.beside` has it."""
        if not self._following:
            return ""
        return "\n".join(sorted(filter(None, map(_line, self._companions(name)))))

    def _companions(self, name: str) -> Iterator["os.DirEntry[str]"]:
        stem, suffix = split(name)
        for entry in self._following.get(name.lower(), ()):  # photo.jpg.xmp
            if split(entry.name)[1] in SIDECARS:
                yield entry
        for entry in self._following.get(stem, ()) if suffix else ():
            kind = split(entry.name)[1]
            if kind in SIDECARS or (suffix in _LEADING and entry.name != name):
                yield entry
            if kind in RAW_SUFFIXES and suffix in _LEADING:
                yield from self._companions_of_raw(entry.name)

    def _companions_of_raw(self, name: str) -> Iterator["os.DirEntry[str]"]:
        for entry in self._following.get(name.lower(), ()):
            if split(entry.name)[1] in SIDECARS:
                yield entry


def beside_paths(stamp: FileStamp) -> list[str]:
    """Paths of the files that `stamp.beside` names."""
    folder = os.path.dirname(stamp.path)
    names = (line.split("\t")[0] for line in stamp.beside.split("\n"))
    return [os.path.join(folder, from_text(name)) for name in names if name]


def is_raw(path: str) -> bool:
    """Whether the name is that of a camera's raw file."""
    return split(os.path.basename(path))[1] in RAW_SUFFIXES


def split(name: str) -> tuple[str, str]:
    """File name → its stem and its suffix with the dot, both in lower case."""
    stem, dot, suffix = name.lower().rpartition(".")
    return (stem, dot + suffix) if stem else (dot + suffix, "")


def _line(entry: "os.DirEntry[str]") -> str:
    if "\n" in entry.name or "\t" in entry.name:
        return ""
    try:
        if not entry.is_file():
            return ""
        facts = entry.stat()
    except OSError:  # gone since its folder was listed, or out of reach
        return ""
    return f"{to_text(entry.name)}\t{facts.st_size}\t{facts.st_mtime_ns}"
