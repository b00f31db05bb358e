"""A data set's files in a user's folder: texts read, photos numbered, all that is missing told.

A part is never scored as if it were the whole: what is missing is an error, unless so many items
are asked for. Refuses to know any data set.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vladva.benchmarks.registry import Setup
from vladva.benchmarks.shelf import chosen, files, listed, pictures
from vladva.errors import DataError


@dataclass(frozen=True)
class Origin:
    """A data set: its name here, and where its texts and photos come from, with the licences.

    `homes`: parts of folders' names that tell its photos from others of the same file name.
    """

    name: str
    texts: str
    photos: str
    homes: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """Where all of it comes from, and how it is named."""
        return (
            f"texts: {self.texts}\n  photos: {self.photos}\n"
            "  unpack both anywhere below one folder, and name it: --data DIR"
        )


class Album:
    """The photos of one data set by number, in the order in which they are asked for."""

    def __init__(self, setup: Setup, origin: Origin) -> None:
        if setup.data is None:
            raise DataError(f"{origin.name} is of photographs, and none are named", origin.hint)
        self.root = setup.data.absolute()  # a photo's path is told from a listed name by that
        self.origin = origin
        self._names: dict[tuple[str, ...], int] = {}

    def number(self, *names: str) -> int:
        """The number of a photo that goes by the first of these names, or by another."""
        return self._names.setdefault(names, len(self._names))

    def photos(self) -> list[Path]:
        """Number → file. Raises `DataError` with the names of those that are not there."""
        found = pictures(self.root, {name for names in self._names for name in names})
        paths = []
        missing = []
        for names in self._names:
            there = [path for name in names for path in found[name]]
            path = chosen(there, self.origin.homes)
            if path is None:
                missing.append(names[0])
            else:
                paths.append(path)
        if missing:
            raise DataError(
                f"{self.origin.name}: {len(missing):,} of {len(self._names):,} photos are not "
                f"below {self.root}: {listed(missing)}",
                f"photos: {self.origin.photos}\n  no part is scored as if it were the whole",
            )
        return paths

    def texts(self, names: Sequence[str]) -> dict[str, list[Path]]:
        """Name → files of this name. Raises `DataError` that names all that are missing."""
        found = files(self.root, names)
        self.require(names, [name for name in names if found[name]])
        return found

    def text(self, name: str) -> Path:
        """The one file of this name."""
        path = chosen(self.texts([name])[name], ())
        assert path is not None
        return path

    def require(self, names: Sequence[str], there: Collection[str]) -> None:
        """Raises `DataError` on every name that is not there."""
        missing = [name for name in names if name not in there]
        if missing:
            raise DataError(
                f"{self.origin.name}: below {self.root} there is no {', no '.join(missing)}",
                self.origin.hint,
            )

    def whole(self, setup: Setup, sizes: Mapping[str, tuple[int, int]]) -> None:
        """Part → (items there, items of the data set). Raises `DataError` where any are lacking.

        With `count`, only so many are needed of each part.
        """
        lacking = [
            f"{part} has {there:,} of {size:,} items"
            for part, (there, size) in sizes.items()
            if (there != size if setup.count is None else there < min(setup.count, size))
        ]
        if lacking:
            raise DataError(
                f"{self.origin.name} is not whole: {listed(lacking)}",
                f"texts: {self.origin.texts}\n  --count N scores the first N, and says so",
            )


@contextmanager
def reading(path: Path | str, what: str) -> Iterator[None]:
    """Whatever is wrong with a file or its shape becomes a `DataError`."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataError(
            f"{path} is not {what}: {type(error).__name__}: {error}", "fetch the file again"
        ) from error


@contextmanager
def read_as(path: Path, what: str) -> Iterator[Any]:
    """The content of a JSON file; whatever is wrong with its shape is a `DataError`."""
    with reading(path, what), path.open(encoding="utf-8") as file:
        yield json.load(file)
