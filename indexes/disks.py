"""Disks inside a root: folders on another device than the folder that holds them.

Remembered from look to look. One that is on the same device all of a sudden, or not there any
more, is a disk that was taken out: an empty mount point, or a link to nothing. Device numbers
change when a system starts, so they are never remembered, only that there was a difference.
Refuses to know what lies on a disk.
"""

# ruff: noqa: PTH116, PTH120 - strings, as in `scan`

import os
from collections.abc import Iterable

from vladva.indexes.library import Library
from vladva.indexes.paths import openable


def disks(library: Library, root: str) -> list[str]:
    """The folders below a root on which another disk was seen."""
    return list(library.get(_key(root)) or ())


def remember(library: Library, root: str, folders: Iterable[str]) -> None:
    """These are the disks inside a root now; none forgets it."""
    folders = sorted(set(folders))
    if folders != disks(library, root):
        library.set(_key(root), folders or None)


def is_disk(folder: str) -> bool:
    """Whether a folder is there, and on another device than the one that it lies in."""
    try:
        around = os.stat(openable(os.path.dirname(folder))).st_dev
        return os.stat(openable(folder)).st_dev != around
    except OSError:
        return False


def _key(root: str) -> str:
    return f"disks in {root}"
