"""WebDataset shards as rows: plain tars in which the files of one sample stand side by side.

A sample is what shares a name up to the first dot: `000123.jpg`, `000123.txt` (one caption a line),
`000123.json` (the fields of a JSONL row without its picture). Headers are read by seeking, and
where each file lies is all that is kept. Refuses to know the other layouts.
"""

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np

from vladva.errors import DataError
from vladva.images import IMAGE_SUFFIXES
from vladva.trainer.examples import BadRow, Example, ImageRef, Numbers, Routing, number_of
from vladva.trainer.fields import MAX_BYTES, Captions, RowError, example, lines_of, parse

PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
"""First bytes of compressed files."""
BLOCK = 512
Place = tuple[int, int]
"""(offset, size) of a file in its shard; (0, -1) where there is none."""
NOWHERE: Place = (0, -1)


@dataclass
class Sample:
    """Where the files of one sample lie."""

    key: str
    places: dict[str, Place] = field(default_factory=dict)

    def add(self, suffix: str, place: Place) -> None:
        """Note a file of it, unless it is of no use here."""
        kind = "image" if suffix in IMAGE_SUFFIXES else suffix.removeprefix(".")
        if kind in ("image", "txt", "json"):
            self.places.setdefault(kind, place)


class Shards:
    """The good samples of some shards, every one checked once. `Data`."""

    def __init__(self, paths: Sequence[Path], routing: Routing) -> None:
        self._paths, self._routing = [path.absolute() for path in paths], routing
        self.bad: list[BadRow] = []
        keys: list[bytes] = []
        rows: list[tuple[int, ...]] = []
        for number, path in enumerate(self._paths):
            with _opened(path) as file:
                for found in _samples(path, file):
                    if isinstance(found, BadRow):
                        self.bad.append(found)
                        continue
                    row = (number, *_row(found))
                    try:
                        self._read(found.key, row, file)
                    except RowError as error:
                        self.bad.append(BadRow(f"{path.name}:{found.key}", str(error)))
                        continue
                    keys.append(found.key.encode("utf-8", "surrogateescape"))
                    rows.append(row)
        self._keys = np.array(keys, np.bytes_)
        self._rows = np.array(rows, np.int64).reshape(-1, 7)  # shard, then image, txt, json places
        names = (f"{self._paths[row[0]].name}/{key!r}" for key, row in zip(keys, rows, strict=True))
        self.pictures: Numbers = np.array([number_of(name) for name in names], np.uint64)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        key = self._keys[index].decode("utf-8", "surrogateescape")
        row = self._rows[index].tolist()
        path = self._paths[row[0]]
        try:
            with path.open("rb") as file:
                return self._read(key, row, file)
        except (RowError, OSError) as error:
            raise DataError(f"{path.name}:{key} has changed since it was checked") from error

    def _read(self, key: str, row: Sequence[int], file: BinaryIO) -> Example:
        shard, offset, size, *rest = row
        if size < 0:
            raise RowError("no picture in this sample")
        path = self._paths[shard]
        fields: dict[str, Any] = {}
        if rest[3] >= 0:
            fields = parse(_bytes(file, rest[2], rest[3]))
        captions = Captions(fields, self._routing)
        if rest[1] >= 0:
            captions.add(lines_of(_bytes(file, rest[0], rest[1])))
        image = ImageRef(str(path), offset, size)
        return example(f"{path.name}:{key}", image, fields, captions, _no_targets)


def _no_targets(name: str) -> ImageRef:
    raise RowError(f"an edit's target ({name}) cannot be found in a shard: use a JSONL file")


def _row(sample: Sample) -> tuple[int, ...]:
    places = (sample.places.get(kind, NOWHERE) for kind in ("image", "txt", "json"))
    return tuple(number for place in places for number in place)


def _bytes(file: BinaryIO, offset: int, size: int) -> bytes:
    if size > MAX_BYTES:
        raise RowError(f"a text of more than {MAX_BYTES >> 20} MiB")
    file.seek(offset)
    data = file.read(size)
    if len(data) < size:
        raise RowError("the shard has been cut short")
    return data


def _opened(path: Path) -> BinaryIO:
    """A shard, ready to read. Raises `DataError` on what is no plain tar."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    start = file.read(BLOCK)
    file.seek(0)
    packed = next((name for magic, name in PACKED.items() if start.startswith(magic)), None)
    if packed is not None:
        file.close()
        raise DataError(
            f"{path.name} is compressed ({packed}): pictures in it cannot be read one by one",
            f"unpack it to a plain .tar, as by: {'gunzip' if packed == 'gzip' else packed + ' -d'}",
        )
    if not _is_header(start):
        file.close()
        raise DataError(f"{path.name} is not a tar file", "fetch it again")
    return file


def _is_header(block: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _samples(path: Path, file: BinaryIO) -> Iterator[Sample | BadRow]:
    """The samples of a shard in order; what is damaged between them as bad rows."""
    sample: Sample | None = None
    for found in _members(path, file):
        if isinstance(found, BadRow):
            yield found
            continue
        name = PurePosixPath(found.name)
        stem, _, ending = name.name.partition(".")
        key = str(name.with_name(stem)) if stem else ""
        if not found.isreg() or not key:  # folders, links, hidden files
            continue
        if sample is None or sample.key != key:
            if sample is not None and sample.places:
                yield sample
            sample = Sample(key)
        sample.add(f".{ending.lower()}", (found.offset_data, found.size))
    if sample is not None and sample.places:
        yield sample


def _members(path: Path, file: BinaryIO) -> Iterator[tarfile.TarInfo | BadRow]:
    """Every member whose bytes are all there. After damage, the next readable header goes on."""
    length = path.stat().st_size
    end, last = 0, "its start"
    with tarfile.open(fileobj=file, mode="r:", ignore_zeros=True) as tar:
        while (member := _next(tar)) is not None:
            tar.members = []  # type: ignore[attr-defined] # or it keeps them all
            if _has_data(file, end, member.offset):
                yield _damage(path, last)
            end, last = tar.offset, member.name
            if member.offset_data + member.size > length:
                yield BadRow(f"{path.name}:{member.name}", "the shard has been cut short")
                return
            yield member
    if _has_data(file, end, length):
        yield _damage(path, last)


def _next(tar: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return tar.next()
    except (tarfile.TarError, OSError, ValueError, EOFError):
        return None  # what it could not read is reported as damage


def _has_data(file: BinaryIO, start: int, end: int) -> bool:
    """Whether there is more than padding between two members."""
    at = file.tell()
    file.seek(start)
    found = False
    while start < end and not found:
        block = file.read(min(end - start, 1 << 20))
        found = any(block)
        start += max(len(block), 1)
    file.seek(at)
    return found


def _damage(path: Path, last: str) -> BadRow:
    return BadRow(f"{path.name} after {last}", "damaged: what cannot be read here is left out")
