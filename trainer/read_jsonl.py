"""A JSON Lines file as rows: one object a line, pictures by path relative to the file.

Keeps where each good line begins, nothing of what it says. Refuses to know the other layouts.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import numpy as np

from vladva.errors import DataError
from vladva.trainer.examples import BadRow, Example, ImageRef, Numbers, Routing, number_of
from vladva.trainer.fields import MAX_BYTES, Captions, RowError, example, parse


class JsonLines:
    """The good rows of a JSONL file, every one checked once. `Data`."""

    def __init__(self, path: Path, routing: Routing) -> None:
        self._path, self._routing = path, routing
        self._folder = path.absolute().parent
        self.bad: list[BadRow] = []
        places: list[tuple[int, int]] = []
        numbers: list[int] = []
        with path.open("rb") as file:
            for number, offset, line in _lines(file):
                try:
                    found = self._read(number, line)
                except RowError as error:
                    self.bad.append(BadRow(self._name(number), str(error)))
                    continue
                places.append((number, offset))
                numbers.append(number_of(self._relative(found.image)))
        self._places = np.array(places, np.int64).reshape(-1, 2)  # line, offset
        self.pictures: Numbers = np.array(numbers, np.uint64)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Example:
        number, offset = self._places[index].tolist()
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                return self._read(number, file.readline(MAX_BYTES), check=False)
        except (RowError, OSError) as error:
            raise DataError(f"{self._name(number)} has changed since it was checked") from error

    def _read(self, number: int, line: bytes, *, check: bool = True) -> Example:
        if len(line) >= MAX_BYTES:
            raise RowError(f"a line of more than {MAX_BYTES >> 20} MiB")
        row = parse(line)
        name = row.get("image")
        if not isinstance(name, str) or not name:
            raise RowError("no 'image': the path of a picture, relative to this file")

        def find(name: str) -> ImageRef:
            return self._find(name, check=check)

        captions = Captions(row, self._routing)
        return example(self._name(number), find(name), row, captions, find)

    def _find(self, name: str, *, check: bool) -> ImageRef:
        if urlsplit(name).scheme in ("http", "https", "s3", "gs"):
            raise RowError(f"{name} is an address: fetch the pictures first")
        path = self._folder / name
        if check and not path.is_file():
            raise RowError(f"no such picture: {name}")
        return ImageRef(str(path))

    def _relative(self, image: ImageRef) -> str:
        """The picture's path from the file, so that it means the same on another machine."""
        return os.path.normpath(image.path.removeprefix(f"{self._folder}{os.sep}"))

    def _name(self, number: int) -> str:
        return f"{self._path.name}:{number}"


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """(line number from 1, offset, line) of all that is not blank; a huge line comes cut."""
    number = offset = 0
    while line := file.readline(MAX_BYTES):
        number += 1
        length = len(line)
        while not line.endswith(b"\n") and (rest := file.readline(MAX_BYTES)):
            length += len(rest)
            if rest.endswith(b"\n"):
                break
        if line.strip():
            yield number, offset, line
        offset += length
