"""COLA, its multi-object half: two photos of Visual Genome whose captions exchange attributes.

Its accuracy (paper: each caption scores its own photo higher) is `image` of Winoground's protocol;
`text` and `group` stand beside it (ours). Refuses to know the protocol (`winoground`).
"""

from vladva.benchmarks import winoground as protocol
from vladva.benchmarks.album import Album, Origin, read_as
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.winoground import Item

SIZE = 210
FILE = "COLA_multiobjects_matching_benchmark.json"
ORIGIN = Origin(
    "cola",
    f"https://github.com/arijitray1993/COLA, data/{FILE} (MIT)",
    "the addresses in that file, or https://homes.cs.washington.edu/~ranjay/visualgenome, "
    "VG_100K and VG_100K_2 (CC BY 4.0)",
    ("vg_", "visual", "genome", "cola"),
)


def items(setup: Setup, album: Album) -> list[Item]:
    """All items; with `count`, the first so many. Their photos are in the album."""
    with read_as(album.text(FILE), "COLA's pairs of objects") as content:
        found = [
            Item((album.number(_name(one)), album.number(_name(other))), (text, other_text))
            for one, text, other, other_text in content[: setup.count]
        ]
        album.whole(setup, {FILE: (len(content), SIZE)})
    return found


def _name(address: str) -> str:
    return address.rpartition("/")[2]


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many items."""
    album = Album(setup, ORIGIN)
    found = items(setup, album)
    return PhotoExam(album.photos(), found, protocol.wins, asks=protocol.wins)


BENCHMARK = photo_benchmark(
    "cola",
    load,
    summary="two photos with attributes exchanged, 210 items",
    primary_metric="image",
    count=SIZE,
    asked=True,
)
