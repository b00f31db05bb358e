"""Karpathy's splits of Flickr30k and COCO: the test photos, five captions each.

The splits are those of "Deep Visual-Semantic Alignments" (Karpathy and Fei-Fei, 2015); the first
five captions of a photo count, as usual. Refuses to know which of the two data sets it reads.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from vladva.benchmarks import retrieval as protocol
from vladva.benchmarks.album import Album, Origin, read_as
from vladva.benchmarks.photos import PhotoExam
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.retrieval import Item
from vladva.benchmarks.shelf import listed
from vladva.errors import DataError

CAPTIONS = 5
CUTS = (1, 5, 10)
SPLITS = (
    "https://cs.stanford.edu/people/karpathy/deepimagesent/caption_datasets.zip "
    "(captions as licensed by the data set)"
)
Row = Mapping[str, Any]
Captioned = tuple[tuple[str, ...], Sequence[str]]
"""The names that a photo goes by, and its captions."""


def load(
    setup: Setup, origin: Origin, file: str, size: int, names: Callable[[Row], tuple[str, ...]]
) -> PhotoExam[Item]:
    """The test split. `size`: its photos; `names`: what a photo's file may be called."""
    album = Album(setup, origin)
    path = album.text(file)
    with read_as(path, "one of Karpathy's splits") as content:
        rows = [row for row in content["images"] if row["split"] == "test"]
        found = [(names(row), [said["raw"].strip() for said in row["sentences"]]) for row in rows]
    album.whole(setup, {"the test split": (len(found), size)})
    return captioned(album, found[: setup.count])


def captioned(album: Album, found: Sequence[Captioned]) -> PhotoExam[Item]:
    """Photos and their captions → an exam of retrieval, both ways, by the first five of each."""
    few = [names[0] for names, texts in found if len(texts) < CAPTIONS or not all(texts[:CAPTIONS])]
    if few:
        raise DataError(
            f"{album.origin.name}: {len(few):,} photos have not {CAPTIONS} captions: {listed(few)}",
            f"texts: {album.origin.texts}",
        )
    items = [
        Item(album.number(*names), text) for names, texts in found for text in texts[:CAPTIONS]
    ]
    return PhotoExam(album.photos(), items, partial(protocol.wins, cuts=CUTS))
