"""SugarCrepe: seven files of a true and a false caption each, on photos of COCO val2017.

Refuses to know the protocol (`sugarcrepe`).
"""

from collections.abc import Mapping, Sequence

from vladva.benchmarks import sugarcrepe as protocol
from vladva.benchmarks.album import Album, Origin, read_as, reading
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.sugarcrepe import Item

SIZES = {
    "replace_obj": 1652,
    "replace_att": 788,
    "replace_rel": 1406,
    "swap_obj": 245,
    "swap_att": 666,
    "add_obj": 2062,
    "add_att": 692,
}
"""Items of each kind (paper)."""
COCO_2017 = "https://cocodataset.org/#download, val2017 (the photos' own licences at Flickr)"
ORIGIN = Origin(
    "sugarcrepe",
    "https://github.com/RAIVNLab/sugar-crepe, data/*.json (MIT)",
    COCO_2017,
    ("coco", "2017"),
)
Row = Mapping[str, str]


def texts(album: Album) -> dict[str, list[Row]]:
    """Kind → its rows, of those files that are SugarCrepe's: SugarCrepe++ calls its own alike."""
    names = [f"{kind}.json" for kind in protocol.KINDS]
    found: dict[str, list[Row]] = {}
    for name, paths in album.texts(names).items():
        for path in paths:
            with read_as(path, "a file of SugarCrepe") as content:
                rows: Sequence[Row] = [*content.values()] if isinstance(content, dict) else content
                if rows and "caption2" not in rows[0]:
                    found.setdefault(name, [*rows])
    album.require(names, found)
    return {kind: found[f"{kind}.json"] for kind in protocol.KINDS}


def items(setup: Setup, album: Album) -> list[Item]:
    """All items; with `count`, the first so many of each kind. Their photos are in the album."""
    rows = texts(album)
    album.whole(setup, {kind: (len(own), SIZES[kind]) for kind, own in rows.items()})
    with reading(album.root, "SugarCrepe"):
        return [
            Item(
                kind,
                album.number(row["filename"]),
                row["caption"].strip(),
                row["negative_caption"].strip(),
            )
            for kind, own in rows.items()
            for row in own[: setup.count]
        ]


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
    asked=True,
)
