"""SugarCrepe++: five files of two true captions and a false one, on photos of COCO val2017.

Stage two is judged by ITT alone: no picture takes part in TOT. Refuses to know the protocol
(`sugarcrepe_pp`).
"""

from vladva.benchmarks import crepe_files
from vladva.benchmarks import sugarcrepe_pp as protocol
from vladva.benchmarks.album import Album, Origin
from vladva.benchmarks.crepe_files import COCO_2017, SECOND, SIZES, Row
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.sugarcrepe_pp import Item

ORIGIN = Origin(
    "sugarcrepe-pp",
    "https://github.com/Sri-Harsha/scpp, data/*.json (MIT)",
    COCO_2017,
    ("coco", "2017"),
)


def items(setup: Setup, album: Album) -> list[Item]:
    """All items; with `count`, the first so many of each kind. Their photos are in the album."""
    return crepe_files.items(setup, album, protocol.KINDS, _item, second=True)


def _item(kind: str, photo: int, row: Row) -> Item:
    true, also, false = (row[name].strip() for name in ("caption", SECOND, "negative_caption"))
    return Item(kind, photo, true, also, false)


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many items of each kind."""
    album = Album(setup, ORIGIN)
    found = items(setup, album)
    return PhotoExam(album.photos(), found, protocol.wins, protocol.figures, protocol.itt_wins)


BENCHMARK = photo_benchmark(
    "sugarcrepe-pp",
    load,
    summary="two true captions against a false one, 4,757 items",
    primary_metric="ITT",
    count=sum(SIZES[kind] for kind in protocol.KINDS),
    largest=max(SIZES[kind] for kind in protocol.KINDS),
    asked=True,
)
