"""The folder of a library: whose it is, and making one.

Only a folder with the marker is ever written to. Refuses to know what a library holds.
"""

import os
from contextlib import suppress
from pathlib import Path

from vladva.errors import LibraryError
from vladva.indexes.durable import flush_folders
from vladva.indexes.health.probe import PREFIX, probe
from vladva.indexes.paths import normalise

MARKER = "LIBRARY.vladva"
_TEXT = (
    "This folder is a VladVA library: an index, thumbnails and settings, all made from photos\n"
    "that lie elsewhere. Deleting it as a whole deletes no photo.\n"
)


def home(folder: str | os.PathLike[str], *, create: bool) -> Path:
    """The normalised folder of a library, made on demand where `create`.

    Raises `LibraryError` where there is none, where the folder belongs to something else, and
    where its disk cannot hold one; nothing half-made is left then.
    """
    place = Path(normalise(folder))
    if (place / MARKER).is_file():
        return place
    if place.exists() and not _empty(place):
        raise LibraryError(
            f"{place} is not a library, and not an empty folder either.",
            "Name an empty or a new folder with --library.",
        )
    if not create:
        raise LibraryError(f"There is no library in {place}.", "`vladva index FOLDER` makes one.")
    _make(place)
    return place


def _empty(place: Path) -> bool:
    return place.is_dir() and all(file.name.startswith(PREFIX) for file in place.iterdir())


def _make(place: Path) -> None:
    fresh = not place.exists()
    try:
        place.mkdir(parents=True, exist_ok=True)
        probe(place)
        (place / MARKER).write_text(_TEXT, encoding="utf-8")
    except (OSError, LibraryError) as error:
        with suppress(OSError):
            (place / MARKER).unlink(missing_ok=True)
            if fresh:
                place.rmdir()
        if isinstance(error, LibraryError):
            raise
        reason = (error.strerror or type(error).__name__).lower()
        raise LibraryError(
            f"No library can be made in {place}: {reason}.",
            "Name a folder that can be written, on a disk with space, with --library.",
        ) from error
    flush_folders([place, place.parent])
