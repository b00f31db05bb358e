"""Composed retrieval: one picture and an instruction find the picture that follows from both.

Every query looks among all candidates but its own picture. Two ways of asking: `joint`, one vector
of picture and text together; `sum`, unit(picture + w × text), with the w of a grid that is best on
these very items, which favours the sum. Refuses to know where pictures and instructions come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladva.benchmarks.metrics import Scores, Wins, percent, ranks
from vladva.benchmarks.scorers import Matrix

CUTS = (1, 10)
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
ROWS = 256
"""Queries that are ranked at once, which bounds the memory."""


@dataclass(frozen=True)
class Item:
    """One query; `source` and `target` are numbers of candidates."""

    kind: str
    source: int
    instruction: str
    target: int


def wins(
    items: Sequence[Item], queries: Matrix, candidates: Matrix, coin: float = 0, seed: int = 0
) -> Wins:
    """`R@1` and `R@10`, one flag a query. `queries` [items, d], `candidates` [c, d].

    `coin`: the size of the chance that breaks ties; without it a tie is lost.
    """
    toss = np.random.default_rng(seed)
    places = [np.empty(0, np.int64)]
    for start in range(0, len(items), ROWS):
        block = items[start : start + ROWS]
        scores: Scores = queries[start : start + ROWS] @ candidates.T
        scores = scores + coin * toss.random(scores.shape) if coin else scores
        rows = range(len(block))
        scores[rows, [item.source for item in block]] = -np.inf
        right = np.zeros(scores.shape, np.bool_)
        right[rows, [item.target for item in block]] = True
        places.append(ranks(scores, right))
    rank = np.concatenate(places)
    return {f"R@{k}": rank < k for k in CUTS}


def summed(pictures: Matrix, texts: Matrix, weight: float) -> Matrix:
    """unit(picture + weight × text), row by row → [n, d]."""
    total: Matrix = pictures + np.float32(weight) * texts
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    unit: Matrix = total / np.maximum(lengths, np.float32(1e-12))
    return unit


def best_sum(items: Sequence[Item], pictures: Matrix, texts: Matrix, candidates: Matrix) -> Wins:
    """As `wins`, each cut with the weight of `WEIGHTS` that is best for it.

    `pictures`, `texts` [items, d]: the vectors of the queries' pictures and instructions.
    """
    tried = [wins(items, summed(pictures, texts, weight), candidates) for weight in WEIGHTS]
    return {metric: max((won[metric] for won in tried), key=percent) for metric in tried[0]}
