"""What stage one knows of every row of a snapshot, and the orders that follow from it.

Refuses to know filters, pages and encoders.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from vladva.indexes.ranking.fuse import squashed
from vladva.indexes.ranking.rank import Mask
from vladva.indexes.snapshot import Snapshot
from vladva.indexes.store import Vector


@dataclass(frozen=True, slots=True)
class Judged:
    """What stage one knows of every row of a snapshot."""

    snapshot: Snapshot
    scores: Vector
    """Cosine [n]; zeros where nothing was asked that has a meaning."""
    probable: Vector | None
    """Probability [n]; None where there is no fit for such a question."""
    near: Vector | None
    """The direction that `scores` were taken against, None for none."""
    forbids: bool
    """Whether `probable` weighs forbidden parts too, so that it decides the order."""

    @property
    def nothing(self) -> bool:
        """Whether nothing was asked that photos could be nearer to."""
        return self.near is None and not self.forbids

    def priors(self, rows: Sequence[int]) -> list[float]:
        """What stage two starts from: the probability, or the score squashed between 0 and 1."""
        if not rows:
            return []
        likely = squashed(self.scores) if self.probable is None else self.probable
        return [float(likely[row]) for row in rows]

    def best(self, k: int, among: Mask) -> list[tuple[int, float]]:
        """(row, score) of the k best rows among some, see `rank.Best`."""
        if self.near is None or (self.forbids and self.probable is not None):
            values = self.scores if self.probable is None else self.probable
            ranked = self.snapshot.largest(values, k, among)
            return [(row, float(self.scores[row])) for row, _ in ranked]
        return self.snapshot.nearest(self.scores, self.near, k, among)

    def dated(self, k: int, among: Mask) -> list[tuple[int, float]]:
        """The same, the newest first, those without a date last."""
        ranked = self.best(len(self.snapshot), among)
        rows = pa.array([row for row, _ in ranked], pa.int64())
        dates = self.snapshot.facts["taken_at"].take(rows).to_pylist()
        order = sorted(range(len(ranked)), key=lambda i: dates[i] or "", reverse=True)
        return [ranked[i] for i in order[:k]]
