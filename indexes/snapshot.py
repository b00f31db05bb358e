"""The rows of one version of a table with their vectors, ready to be scored. It never changes.

Exact, and in a stable order. Refuses to know how it came about (`resident`) and what is asked.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vladva.indexes.paths import from_text
from vladva.indexes.store import Vector, cosine
from vladva.protocols import Vectors

_ROWS_AT_ONCE = 4096
_NEAR = 1e-5  # float32 products differ by less; what is nearer is scored again, exactly


class Snapshot:
    """The rows of one version of a table, and their vectors in a few blocks."""

    def __init__(
        self, version: int, facts: pa.Table, blocks: Sequence[Vectors], slots: NDArray[np.int64]
    ) -> None:
        self.version = version
        self.facts = facts
        """One row a photo, every column but the vector."""
        self._blocks = blocks
        self._slots = slots  # row of `facts` → place in the blocks, counted through
        self._starts = np.cumsum([0, *(len(block) for block in blocks)])

    def __len__(self) -> int:
        return int(self.facts.num_rows)

    def id(self, at: int) -> str:
        """The photo in a row."""
        return str(self.facts["id"][at].as_py())

    def find(self, photo_id: str) -> int | None:
        """The row of a photo, None where it is not there."""
        at = pc.index(self.facts["id"], photo_id).as_py()
        return None if at < 0 else int(at)

    def vectors(self, at: NDArray[np.int64]) -> Vectors:
        """Rows → float32 [len(at), dim]."""
        slots = self._slots[at]
        where = np.searchsorted(self._starts, slots, side="right") - 1
        picked = np.empty((len(at), self._blocks[0].shape[1]), np.float32)
        for number in np.unique(where):
            mine = where == number
            picked[mine] = self._blocks[number][slots[mine] - self._starts[number]]
        return picked

    def scores(self, query: Vector) -> Vector:
        """Cosine of every row against a unit query [dim] → float32 [n], to about six digits."""
        products: Vector = np.concatenate([block @ query for block in self._blocks])
        return products[self._slots]

    def best(
        self, query: Vector, k: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """(row, score) of the k best rows, exact; best first, equals in the order of paths.

        `among` [n]: which rows may be taken, None for all.
        """
        return self.nearest(self.scores(query), query, k, among)

    def nearest(
        self, scores: Vector, query: Vector, k: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """As `best`, where the scores of all rows are known already."""
        rows = np.arange(len(self)) if among is None else np.flatnonzero(among)
        k = min(k, len(rows))
        if k <= 0:
            return []
        scores = scores[rows]
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        near = rows[scores >= least - _NEAR]
        exact = np.concatenate(
            [
                cosine(self.vectors(near[start : start + _ROWS_AT_ONCE]), query)
                for start in range(0, len(near), _ROWS_AT_ONCE)
            ]
        )
        return self._in_order(near, exact)[:k]

    def largest(self, values: Vector, k: int, among: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """(row, value) of the k largest values [n]; equals in the order of paths."""
        rows = np.flatnonzero(among)
        k = min(k, len(rows))
        if k <= 0:
            return []
        mine = values[rows]
        near = rows[mine >= np.partition(mine, len(mine) - k)[len(mine) - k]]
        return self._in_order(near, values[near])[:k]

    def _in_order(self, rows: NDArray[np.int64], values: Vector) -> list[tuple[int, float]]:
        paths = map(from_text, self.facts["path"].take(pa.array(rows)).to_pylist())
        ranked = sorted(zip(-values, paths, rows, strict=True))
        return [(int(at), -float(value)) for value, _, at in ranked]
