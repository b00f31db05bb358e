"""The folders of the machine that this program runs on, for whoever chooses one in a browser.

Tells names of folders and how many pictures are in one; opens no file. Refuses to know who asks
and what becomes of the choice.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_pictures_path

from vladva.errors import ConfigError, VladvaError
from vladva.indexes.catalog import FileStamp
from vladva.indexes.library import Library
from vladva.indexes.paths import inside, normalise
from vladva.indexes.scan import CACHES, CANDIDATES, walk
from vladva.indexes.scopes import check_folders

MOST = 2_000
"""Folders that one listing names; how many more there are is said."""
COUNT_S = 1.5
"""Seconds that a count of pictures may take; what it has by then is a lower bound."""
MOUNTS = ("/media", "/mnt", "/run/media", "/Volumes")
"""Where systems put disks that were plugged in."""
_HIDDEN, _SYSTEM = 0x2, 0x4  # file attributes of Windows

Kind = Literal["home", "pictures", "disk", "top"]


@dataclass(frozen=True)
class Place:
    """Where to begin. `name` is its folder's, empty where the page has a better word for `kind`."""

    kind: Kind
    name: str
    path: str


@dataclass(frozen=True)
class Folder:
    """A folder inside another one."""

    name: str
    path: str


@dataclass(frozen=True)
class Listing:
    """What is inside a folder. `parent` None: there is nothing above it.

    `more`: folders beyond `MOST`. `held_by`: the root of the library that has this folder already,
    or None. `refusal`: why it cannot be indexed, empty where it can.
    """

    path: str
    parent: str | None
    folders: tuple[Folder, ...]
    more: int
    held_by: str | None
    refusal: str


@dataclass(frozen=True)
class Count:
    """Files with a picture's suffix at and below a folder; not `complete`: at least so many."""

    pictures: int
    complete: bool


def places() -> list[Place]:
    """Home, the folder for pictures, plugged-in disks, and the top of everything."""
    found = [Place("home", "", str(Path.home())), Place("pictures", "", str(user_pictures_path()))]
    found += [Place("disk", disk.name or str(disk), str(disk)) for disk in _disks()]
    found += [Place("top", "", os.path.sep)] if os.name == "posix" else []
    there: dict[str, Place] = {}
    for place in found:
        if Path(place.path).is_dir():
            there.setdefault(place.path, place)
    return list(there.values())


def folder_at(text: str) -> Path:
    """What a person typed, as a folder that is there. Raises `ConfigError`, with the nearest one.

    `~` is the home of who runs this program. A relative path says nothing to who sees a page.
    """
    if "\0" in text:
        raise ConfigError("No folder has such a name.", "Choose one from the list.")
    try:
        path = Path(text.strip().strip("\"'")).expanduser()
    except RuntimeError as error:
        raise ConfigError("This machine has no such user.", "Give the whole path.") from error
    if not path.is_absolute():
        raise ConfigError("A folder by its whole path, please.", "Like /home/me/Pictures.")
    try:
        if path.is_dir():
            return Path(normalise(path))
        kind = "is a file, not a folder" if path.exists() else "does not exist"
    except OSError as error:  # a name that is too long, a folder above that may not be entered
        raise _closed(path, error) from error
    nearest = next(one for one in path.parents if one.is_dir())
    raise ConfigError(f"{path} {kind}.", f"Check the spelling. What exists is {nearest}")


def listing(library: Library, path: Path) -> Listing:
    """The folders inside `path`, by name, without hidden ones and caches.

    Raises `ConfigError` where it may not be looked into.
    """
    try:
        names = sorted(_folders(path), key=lambda folder: folder.name.casefold())
    except OSError as error:
        raise _closed(path, error) from error
    here = str(path)
    held = (root.path for root in library.roots() if inside(here, root.path))
    return Listing(
        path=here,
        parent=None if path.parent == path else str(path.parent),
        folders=tuple(names[:MOST]),
        more=max(0, len(names) - MOST),
        held_by=next(held, None),
        refusal=_refusal(library, path),
    )


def count(path: Path, seconds: float = COUNT_S) -> Count:
    """About what indexing would find at and below `path`, counted for so long at most.

    Indexing opens the files: it may find a picture without a suffix, and a suffix without one.
    """
    end = time.monotonic() + seconds
    pictures = 0
    for item in walk(str(path), ended=lambda: time.monotonic() >= end):
        pictures += isinstance(item, FileStamp) and _is_named_picture(item.path)
        if time.monotonic() >= end:
            break
    return Count(pictures, complete=time.monotonic() < end)


def _is_named_picture(path: str) -> bool:
    suffix = Path(path).suffix.lower()
    return bool(suffix) and suffix in CANDIDATES


def _folders(path: Path) -> Iterator[Folder]:
    with os.scandir(path) as entries:
        for entry in entries:
            if _is_shown(entry):
                yield Folder(entry.name, entry.path)


def _is_shown(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name.casefold() in CACHES:
        return False
    try:
        entry.name.encode()  # a browser could not say the name of any other one
        if not entry.is_dir():
            return False
        facts = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    except (OSError, UnicodeEncodeError):
        return False
    return not facts & (_HIDDEN | _SYSTEM)


def _disks() -> Iterator[Path]:
    if hasattr(os, "listdrives"):
        yield from map(Path, os.listdrives())
    for place in map(Path, MOUNTS):
        for folder in _inside(place):
            # /media/NAME and /run/media/NAME hold the disks of the person called so
            deeper = [] if os.path.ismount(folder) else list(_inside(folder))
            yield from [disk for disk in deeper if os.path.ismount(disk)] or [folder]


def _inside(place: Path) -> list[Path]:
    try:
        return sorted(Path(folder.path) for folder in _folders(place))
    except OSError:
        return []


def _refusal(library: Library, path: Path) -> str:
    try:
        check_folders(library, [path])
    except VladvaError as error:
        return f"{error.message} {error.hint}"
    return ""


def _closed(path: Path, error: OSError) -> ConfigError:
    if isinstance(error, PermissionError):
        return ConfigError(
            f"{path} may not be looked into by this program.",
            "Give its user the right to read it, or choose another folder.",
        )
    reason = (error.strerror or type(error).__name__).lower()
    return ConfigError(f"{path} cannot be looked into: {reason}.", "Choose another folder.")
