"""Winoground: `examples.jsonl` and its pictures, 400 pairs of pairs.

Refuses to know the protocol (`winoground`).
"""

import json
from collections.abc import Iterator

from vladva.benchmarks import winoground as protocol
from vladva.benchmarks.album import Album, Origin, reading
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.winoground import Item

SIZE = 400
FILE = "examples.jsonl"
_PAGE = "https://huggingface.co/datasets/facebook/winoground"
ORIGIN = Origin(
    "winoground",
    f"{_PAGE}, data/{FILE} (after consent, research use only)",
    f"{_PAGE}, data/images.zip, unpacked (Getty Images, research use only)",
    ("winoground",),
)


def items(setup: Setup, album: Album) -> list[Item]:
    """All items; with `count`, the first so many. Their pictures are in the album."""
    path = album.text(FILE)
    with reading(path, "the examples of Winoground"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found = list(_items(lines[: setup.count], album))
    album.whole(setup, {FILE: (len(lines), SIZE)})
    return found


def _items(lines: list[str], album: Album) -> Iterator[Item]:
    for row in map(json.loads, lines):
        first, second = (album.number(str(row[f"image_{i}"])) for i in (0, 1))
        yield Item((first, second), (row["caption_0"].strip(), row["caption_1"].strip()))


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many items."""
    album = Album(setup, ORIGIN)
    found = items(setup, album)
    return PhotoExam(album.photos(), found, protocol.wins, asks=protocol.wins)


BENCHMARK = photo_benchmark(
    "winoground",
    load,
    summary="two pictures, two captions of the same words, 400 items",
    primary_metric="group",
    count=SIZE,
    asked=True,
)
