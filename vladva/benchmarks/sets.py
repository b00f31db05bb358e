"""Encoders with several vectors a picture, in protocols that were made for one.

The vectors of a picture travel as one long row, and a score is the best of them. Refuses to know
which model it is.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vladva.benchmarks.metrics import Scores
from vladva.benchmarks.scorers import Matrix, Scorer
from vladva.protocols import Encoder, Prepared, Vectors


def benchmarked(encoder: Encoder) -> Encoder:
    """The encoder as benchmarks take it: itself, or rows of sets where it has no single vector."""
    return SetEncoder(encoder) if hasattr(encoder, "encode_sets") else encoder


class SetEncoder:
    """`encode` gives rows [n, each × inner dim]; texts keep their [m, inner dim].

    Everything else is the encoder's own.
    """

    def __init__(self, encoder: Any) -> None:
        self._inner = encoder
        self._each = int(encoder.encode_sets([]).shape[1])
        self.dim = self._each * int(encoder.dim)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Pictures → [n, each × inner dim]: unit vectors side by side."""
        sets: Vectors = self._inner.encode_sets(pictures)
        return sets.reshape(len(pictures), self.dim)

    def scorer(self, pictures: Vectors) -> "BestOf":
        """What scores such rows."""
        return BestOf(pictures, self._inner.encode_texts, self._each)


class BestOf(Scorer):
    """A picture and a text are as alike as the best of the picture's vectors and the text's."""

    def __init__(
        self, pictures: Matrix, embed: Callable[[Sequence[str]], Matrix], each: int
    ) -> None:
        super().__init__(pictures, embed)
        self._sets = pictures.reshape(len(pictures), each, -1)

    def pairs(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """The i-th picture with the i-th text → [n]."""
        products = np.einsum("nqd,nd->nq", self._sets[list(pictures)], self.texts(texts))
        scores: Scores = products.max(axis=1)
        return scores

    def table(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """Every one of these pictures with every one of these texts → [pictures, texts]."""
        sets, words = self._sets[list(pictures)], self.texts(texts).T
        best = sets[:, 0] @ words
        for query in range(1, sets.shape[1]):
            np.maximum(best, sets[:, query] @ words, out=best)
        scores: Scores = best
        return scores

    def variants(self, pictures: Sequence[int], texts: Sequence[Sequence[str]]) -> Scores:
        """As `table`, for texts in several wordings each: the mean score → [pictures, texts]."""
        columns = [self.table(pictures, wordings).mean(axis=1) for wordings in texts]
        return np.stack(columns, axis=1)
