"""A folder of pictures with captions beside them: `dog.jpg` with `dog.txt` or `dog.json`.

A `.txt` has one caption a line, a `.json` the fields of a JSONL row without its picture. Pictures
without either are no rows: a photo folder need not be captioned whole. Refuses to know the other
layouts.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vladva.errors import DataError
from vladva.images import IMAGE_SUFFIXES
from vladva.trainer.examples import BadRow, Example, ImageRef, Numbers, Routing, number_of
from vladva.trainer.fields import MAX_BYTES, Captions, RowError, example, lines_of, parse


class Folder:
    """The captioned pictures of a folder and the folders in it, every one checked once. `Data`."""

    def __init__(self, folder: Path, routing: Routing) -> None:
        self._folder, self._routing = folder.absolute(), routing
        self.bad: list[BadRow] = []
        self.uncaptioned = 0
        """Pictures without a caption file."""
        self._names: list[str] = []
        for name, captioned in _pictures(self._folder):
            if not captioned and not routing.captionless:
                self.uncaptioned += 1
                continue
            try:
                self._read(name)
            except RowError as error:
                self.bad.append(BadRow(name, str(error)))
            else:
                self._names.append(name)
        self.pictures: Numbers = np.array([number_of(name) for name in self._names], np.uint64)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: int) -> Example:
        name = self._names[index]
        try:
            return self._read(name)
        except RowError as error:
            raise DataError(f"{name} has changed since it was checked: {error}") from error

    def _read(self, name: str) -> Example:
        path = self._folder / name
        row = self._fields(path)
        captions = Captions(row, self._routing)
        text = _beside(path, ".txt")
        if text is not None:
            captions.add(lines_of(text))
        image = ImageRef(str(path))
        return example(name, image, row, captions, lambda target: _find(path.parent, target))

    def _fields(self, path: Path) -> dict[str, Any]:
        data = _beside(path, ".json")
        return {} if data is None else parse(data)


def _pictures(folder: Path) -> Iterator[tuple[str, bool]]:
    """(path relative to the folder, whether a caption file is beside it), sorted."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        there = set(files)
        for file in sorted(files):
            stem, suffix = os.path.splitext(file)  # noqa: PTH122 - millions of names
            if suffix.lower() in IMAGE_SUFFIXES and not file.startswith("."):
                beside = {f"{stem}.txt", f"{stem}.json"}
                yield os.path.relpath(os.path.join(place, file), folder), bool(beside & there)  # noqa: PTH118


def _beside(picture: Path, suffix: str) -> bytes | None:
    """The file of the picture's name with another ending; None where there is none."""
    path = picture.with_suffix(suffix)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RowError(f"{path.name} cannot be read: {error.strerror}") from error
    if len(data) == MAX_BYTES:
        raise RowError(f"{path.name} has more than {MAX_BYTES >> 20} MiB")
    return data


def _find(folder: Path, name: str) -> ImageRef:
    path = folder / name
    if not path.is_file():
        raise RowError(f"no such picture: {name}")
    return ImageRef(str(path))
