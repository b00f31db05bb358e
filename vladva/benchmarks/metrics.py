"""Won or lost, item by item, and what becomes of that: percent, recall, intervals.

Comparisons are strict: a tie is lost, hence a model that gives everything one score scores 0.
Refuses to know who scores and what the items are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
"""Larger fits better: float32 of an encoder, float64 of a control."""
Flags = NDArray[np.bool_]
Wins = dict[str, Flags]
"""Metric → won or lost, one flag an item."""


def percent(flags: Flags) -> float:
    """The share that was won, 0..100; of nothing, 0."""
    return 100 * int(flags.sum()) / flags.size if flags.size else 0.0


def percents(wins: Wins) -> dict[str, float]:
    """Metric → percent, in order."""
    return {metric: percent(flags) for metric, flags in wins.items()}


def pooled(parts: Sequence[Wins]) -> Wins:
    """The items of several parts as one; a part may lack a metric."""
    metrics = dict.fromkeys(metric for part in parts for metric in part)
    return {
        metric: np.concatenate([part[metric] for part in parts if metric in part])
        for metric in metrics
    }


def ranks(scores: Scores, right: Flags) -> NDArray[np.int64]:
    """The place of the best right candidate of each query, from 0.

    `scores` and `right` [queries, candidates]; every query has a right one. The place is the number
    of wrong candidates that do not score less, so a tie and a NaN count against.
    """
    best = np.where(right, scores, -np.inf).max(axis=1, keepdims=True)  # [queries, 1]
    return np.asarray((~(scores < best) & ~right).sum(axis=1), np.int64)


def interval(flags: Flags, level: float = 95, resamples: int = 10_000) -> tuple[float, float]:
    """The bootstrap interval of a share, in percent: the quantiles of a resampled `percent`.

    Resampling flags with replacement is drawing from a binomial, which is what is done here.
    """
    if not flags.size:
        return 0.0, 100.0
    drawn = np.random.default_rng(0).binomial(flags.size, flags.mean(), resamples)
    tail = (100 - level) / 2
    low, high = np.percentile(100 * drawn / flags.size, (tail, 100 - tail))
    return float(low), float(high)
