"""SugarCrepe: seven files of a true and a false caption each, on photos of COCO val2017.

Refuses to know the protocol (`sugarcrepe`).
"""

from vladva.benchmarks import crepe_files
from vladva.benchmarks import sugarcrepe as protocol
from vladva.benchmarks.album import Album, Origin
from vladva.benchmarks.crepe_files import COCO_2017, SIZES, Row
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.sugarcrepe import Item

ORIGIN = Origin(
    "sugarcrepe",
    "https://github.com/RAIVNLab/sugar-crepe, data/*.json (MIT)",
    COCO_2017,
    ("coco", "2017"),
)


def items(setup: Setup, album: Album) -> list[Item]:
    """All items; with `count`, the first so many of each kind. Their photos are in the album."""
    return crepe_files.items(setup, album, protocol.KINDS, _item)


def _item(kind: str, photo: int, row: Row) -> Item:
    return Item(kind, photo, row["caption"].strip(), row["negative_caption"].strip())


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many items of each kind."""
    album = Album(setup, ORIGIN)
    found = items(setup, album)
    return PhotoExam(album.photos(), found, protocol.wins, protocol.figures, protocol.wins)


BENCHMARK = photo_benchmark(
    "sugarcrepe",
    load,
    summary="a true caption against a false one, 7,511 items",
    primary_metric="mean",
    count=sum(SIZES.values()),
    largest=max(SIZES.values()),
    asked=True,
)
