"""Files of SugarCrepe and of SugarCrepe++: one a kind, of the same names, told apart by a column.

Refuses to know the protocols, and what an item is.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from vladva.benchmarks.album import Album, read_as, reading
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.shelf import chosen

SIZES = {
    "replace_obj": 1652,
    "replace_att": 788,
    "replace_rel": 1406,
    "swap_obj": 245,
    "swap_att": 666,
    "add_obj": 2062,
    "add_att": 692,
}
"""Items of each kind (paper of SugarCrepe); SugarCrepe++ has the first five."""
SECOND = "caption2"
"""The column that SugarCrepe++ has and SugarCrepe has not."""
COCO_2017 = "https://cocodataset.org/#download, val2017 (the photos' own licences at Flickr)"
Row = Mapping[str, str]
T = TypeVar("T")


def items(
    setup: Setup,
    album: Album,
    kinds: Sequence[str],
    make: Callable[[str, int, Row], T],
    *,
    second: bool = False,
) -> list[T]:
    """`make` of kind, photo's number and row; with `count`, the first so many of each kind.

    `second`: of the files with two true captions. Raises `DataError` where files are missing,
    differ from their copies, or are not whole.
    """
    rows = {kind: _rows(file) for kind, file in _files(album, kinds, second=second).items()}
    album.whole(setup, {kind: (len(own), SIZES[kind]) for kind, own in rows.items()})
    with reading(album.root, f"a folder of {album.origin.name}"):
        return [
            make(kind, album.number(row["filename"]), row)
            for kind, own in rows.items()
            for row in own[: setup.count]
        ]


def _files(album: Album, kinds: Sequence[str], *, second: bool) -> dict[str, Path]:
    """Kind → its file, of those of this name that have the column or have it not."""
    names = [f"{kind}.json" for kind in kinds]
    found: dict[str, Path] = {}
    for name, paths in album.texts(names).items():
        ours = [path for path in paths if _is_ours(path, second=second)]
        path = chosen(ours, ())
        if path is not None:
            found[name] = path
    album.require(names, found)
    return {kind: found[f"{kind}.json"] for kind in kinds}


def _is_ours(path: Path, *, second: bool) -> bool:
    rows = _rows(path)
    return bool(rows) and (SECOND in rows[0]) == second


def _rows(path: Path) -> list[Row]:
    with read_as(path, "a file of SugarCrepe or SugarCrepe++") as content:
        rows: list[Row] = [*content.values()] if isinstance(content, dict) else [*content]
        if rows and not isinstance(rows[0], dict):
            raise TypeError("its items have no columns")
        return rows
