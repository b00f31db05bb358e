"""Rows and vectors of one encoder: the seam, and the simplest thing that fills it.

`MemoryStore` is the reference that tests compare `lance.LanceStore` with. Refuses to know files:
rows come from the pipeline as they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vladva.indexes.catalog import FileStamp
from vladva.indexes.facts.metadata import FACTS_VERSION
from vladva.protocols import Vectors

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """One photo: where it is, what it is, what it says about itself. Its vector goes beside it."""

    id: str
    path: str
    size: int
    mtime_ns: int
    dev: int
    inode: int
    beside: str
    """See `FileStamp.beside`."""
    content: str
    """Hash of the file's bytes."""
    width: int
    height: int
    taken_at: str | None
    camera: str | None
    lat: float | None
    lon: float | None
    caption: str | None
    caption_source: str | None
    format: str
    """Lower case: jpeg, png, webp, avif, heif, tiff, gif, bmp, raw; empty where not known."""
    animated: int
    """1 where the file holds more than the one picture that is shown, else 0."""
    lens: str | None
    rating: int | None
    """0 to 5, -1 for rejected."""
    keywords: str | None
    """One a line, each once."""
    phash: int | None
    """See `alike`; None where the picture is too flat to say."""
    facts_version: int
    """The `metadata.FACTS_VERSION` that read all this."""
    indexed_at: str
    """ISO 8601, UTC."""

    @property
    def stamp(self) -> FileStamp:
        """The file that the row was made of."""
        return FileStamp(self.path, self.size, self.mtime_ns, self.dev, self.inode, self.beside)


class Store(Protocol):
    """The table of one encoder. Every write is durable when it returns."""

    dim: int

    def known(self) -> dict[str, FileStamp]:
        """Path → the file that its row was made of."""
        ...

    def contents(self) -> dict[str, str]:
        """Path → content hash."""
        ...

    def stale(self) -> set[str]:
        """Paths of rows whose facts were read by an older `metadata`."""
        ...

    def rows(self, ids: Iterable[str]) -> dict[str, Row]:
        """The rows of these ids, as far as there are any."""
        ...

    def vectors(self, ids: Iterable[str]) -> dict[str, Vector]:
        """The vectors of these ids, as far as there are any."""
        ...

    def put(self, rows: Sequence[Row], vectors: Vectors, drop: Iterable[str] = ()) -> None:
        """Add rows, or replace those of the same id; then drop the rows of the ids in `drop`.

        `vectors` is float32 [len(rows), dim], in the order of `rows`; ids are unique.
        """
        ...

    def drop(self, ids: Iterable[str]) -> None:
        """Delete the rows of these ids, as far as there are any."""
        ...

    def search(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """(id, score) of the k best rows: cosine, best first, equals in the order of paths."""
        ...


class MemoryStore:
    """A store in a dict. Nothing of it survives the process."""

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._held: dict[str, tuple[Row, Vector]] = {}

    def known(self) -> dict[str, FileStamp]:
        """See `Store`."""
        return {row.path: row.stamp for row, _ in self._held.values()}

    def contents(self) -> dict[str, str]:
        """See `Store`."""
        return {row.path: row.content for row, _ in self._held.values()}

    def stale(self) -> set[str]:
        """See `Store`."""
        rows = (row for row, _ in self._held.values())
        return {row.path for row in rows if row.facts_version < FACTS_VERSION}

    def rows(self, ids: Iterable[str]) -> dict[str, Row]:
        """See `Store`."""
        return {id_: self._held[id_][0] for id_ in ids if id_ in self._held}

    def vectors(self, ids: Iterable[str]) -> dict[str, Vector]:
        """See `Store`."""
        return {id_: self._held[id_][1] for id_ in ids if id_ in self._held}

    def put(self, rows: Sequence[Row], vectors: Vectors, drop: Iterable[str] = ()) -> None:
        """See `Store`."""
        for row, vector in zip(rows, vectors, strict=True):
            self._held[row.id] = row, vector.copy()
        self.drop(drop)

    def drop(self, ids: Iterable[str]) -> None:
        """See `Store`."""
        for id_ in ids:
            self._held.pop(id_, None)

    def search(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """See `Store`."""
        scored = [
            (float(cosine(one[None], vector)[0]), row.path, row.id)
            for row, one in self._held.values()
        ]
        best = sorted(scored, key=lambda entry: (-entry[0], entry[1]))
        return [(id_, score) for score, _, id_ in best[:k]]


def cosine(vectors: Vectors, query: Vector) -> Vector:
    """Scores of unit vectors [n, dim] against a unit query [dim] → float32 [n].

    Summed row by row in float64, so that equal vectors score equal wherever they stand; a matrix
    product promises no such thing, and the order of results hangs on it.
    """
    products = vectors.astype(np.float64) * query.astype(np.float64)
    scores: Vector = products.sum(axis=1).astype(np.float32)
    return scores
