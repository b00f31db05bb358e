"""Where in a user's folder a file lies, whatever the folders between are called.

A name is looked for in the whole tree, and links are followed: so one folder may hold several data
sets, each unpacked as its owner likes. Refuses to know what stands in a file.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from vladva.errors import DataError
from vladva.images import IMAGE_SUFFIXES

DEPTH = 6
"""Folders below the one that was named which are looked into."""


def files(root: Path, names: Collection[str]) -> dict[str, list[Path]]:
    """Name → all files of this name, in a stable order; every name has its list."""
    found: dict[str, list[Path]] = {name: [] for name in names}
    for path in _walk(root):
        if path.name in found:
            found[path.name].append(path)
    return found


def pictures(root: Path, names: Collection[str]) -> dict[str, list[Path]]:
    """Name → all pictures of this name, whatever their ending; every name has its list."""
    stems: dict[str, list[Path]] = {stem(name): [] for name in names}
    for path in _walk(root):
        own = stems.get(path.stem)
        if own is not None and path.suffix.lower() in IMAGE_SUFFIXES:
            own.append(path)
    return {name: stems[stem(name)] for name in names}


def folders(root: Path, name: re.Pattern[str]) -> list[Path]:
    """Folders whose whole name is so, in a stable order; what is in them is not looked into."""
    found = []
    for here, inner in _folders(root):
        ours = [own for own in inner if name.fullmatch(own)]
        found += [here / own for own in ours]
        inner[:] = [own for own in inner if own not in ours]
    return found


def stem(name: str) -> str:
    """A picture's name without folders and ending."""
    return Path(name).stem


def chosen(found: Sequence[Path], homes: Iterable[str]) -> Path | None:
    """The one of several that is meant; None of none.

    Those in a folder whose name has one of `homes` in it go before others. Copies are alike.
    Raises `DataError` where several differ in size: a small copy is not the picture.
    """
    at_home = [path for path in found if _lives(path, homes)] or list(found)
    if len({path.stat().st_size for path in at_home}) > 1:
        raise DataError(
            f"{at_home[0].name} is there several times, and not the same: "
            f"{', '.join(str(path) for path in at_home[:3])}",
            "name a folder with --data that has it once",
        )
    return at_home[0] if at_home else None


def _lives(path: Path, homes: Iterable[str]) -> bool:
    folders = "/".join(path.parts[:-1]).lower()
    return any(home in folders for home in homes)


def _walk(root: Path) -> Iterator[Path]:
    """All files, hidden ones left out."""
    for here, _ in _folders(root):
        with os.scandir(here) as entries:
            names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_file())
        yield from (here / name for name in names)


def _folders(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each folder once, hidden ones left out, and the folders in it; who takes some out skips them.

    One that may not be looked into has nothing in it.
    """
    seen: set[tuple[int, int]] = set()
    for folder, inner, _ in os.walk(root, followlinks=True):
        here = Path(folder)
        status = here.stat()
        key = (status.st_dev, status.st_ino)
        if key in seen:
            inner.clear()
            continue
        seen.add(key)
        deep = len(here.relative_to(root).parts) >= DEPTH
        inner[:] = [] if deep else sorted(name for name in inner if not name.startswith("."))
        yield here, inner


def listed(names: Sequence[str], shown: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
