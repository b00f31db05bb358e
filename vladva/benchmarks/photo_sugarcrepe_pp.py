"""SugarCrepe++: five files of two true captions and a false one, on photos of COCO val2017.

Stage two is judged by ITT alone: no picture takes part in TOT. Refuses to know the protocol
(`sugarcrepe_pp`).
"""

from collections.abc import Mapping

from vladva.benchmarks import sugarcrepe_pp as protocol
from vladva.benchmarks.album import Album, Origin, read_as, reading
from vladva.benchmarks.photo_sugarcrepe import COCO_2017, SIZES
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.sugarcrepe_pp import Item

ORIGIN = Origin(
    "sugarcrepe-pp",
    "https://github.com/Sri-Harsha/scpp, data/*.json (MIT)",
    COCO_2017,
    ("coco", "2017"),
)
Row = Mapping[str, str]


def texts(album: Album) -> dict[str, list[Row]]:
    """Kind → its rows, of those files that are SugarCrepe++'s: SugarCrepe calls its own alike."""
    names = [f"{kind}.json" for kind in protocol.KINDS]
    found: dict[str, list[Row]] = {}
    for name, paths in album.texts(names).items():
        for path in paths:
            with read_as(path, "a file of SugarCrepe++") as content:
                rows = [*content.values()] if isinstance(content, dict) else content
                if rows and "caption2" in rows[0]:
                    found.setdefault(name, [*rows])
    album.require(names, found)
    return {kind: found[f"{kind}.json"] for kind in protocol.KINDS}


def items(setup: Setup, album: Album) -> list[Item]:
    """All items; with `count`, the first so many of each kind. Their photos are in the album."""
    rows = texts(album)
    album.whole(setup, {kind: (len(own), SIZES[kind]) for kind, own in rows.items()})
    with reading(album.root, "SugarCrepe++"):
        return [
            Item(
                kind,
                album.number(row["filename"]),
                row["caption"].strip(),
                row["caption2"].strip(),
                row["negative_caption"].strip(),
            )
            for kind, own in rows.items()
            for row in own[: setup.count]
        ]


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
    asked=True,
)
