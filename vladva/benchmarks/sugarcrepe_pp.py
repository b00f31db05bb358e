"""SugarCrepe++'s protocol (paper): two captions that say the same, P1 and P2, and a false one, N.

ITT: the picture is nearer to both than to N. TOT: they are nearer to each other than either is to
N; no picture takes part. Refuses to know where pictures and captions come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladva.benchmarks.metrics import Wins, percents
from vladva.benchmarks.scorers import Pairs, Scorer

KINDS = ("replace_obj", "replace_att", "replace_rel", "swap_obj", "swap_att")


@dataclass(frozen=True)
class Item:
    """One picture, two captions that are true of it, and one that is false."""

    kind: str
    picture: int
    p1: str
    p2: str
    negative: str


def wins(items: Sequence[Item], scorer: Scorer) -> Wins:
    """`<kind>_ITT` and `<kind>_TOT` → one flag an item; kinds without items are absent."""
    itt = itt_wins(items, scorer)
    p1, p2 = [item.p1 for item in items], [item.p2 for item in items]
    negative = [item.negative for item in items]
    same = scorer.alike(p1, p2)
    tot = (same > scorer.alike(p1, negative)) & (same > scorer.alike(p2, negative))
    kinds = np.array([item.kind for item in items])
    won: Wins = {}
    for kind in KINDS:
        if kind in kinds:
            won |= {f"{kind}_ITT": itt[f"{kind}_ITT"], f"{kind}_TOT": tot[kinds == kind]}
    return won


def itt_wins(items: Sequence[Item], scorer: Pairs) -> Wins:
    """Only `<kind>_ITT`: whoever can hold a text against a picture can be judged by it."""
    pictures = [item.picture for item in items]
    false = scorer.pairs(pictures, [item.negative for item in items])
    itt = (scorer.pairs(pictures, [item.p1 for item in items]) > false) & (
        scorer.pairs(pictures, [item.p2 for item in items]) > false
    )
    kinds = np.array([item.kind for item in items])
    return {f"{kind}_ITT": itt[kinds == kind] for kind in KINDS if kind in kinds}


def figures(won: Wins) -> dict[str, float]:
    """`ITT` and `TOT`, the unweighted means over the kinds, and each kind's own, in percent.

    A test that was not done has no mean.
    """
    found = percents(won)
    means: dict[str, float] = {}
    for test in ("ITT", "TOT"):
        parts = [value for metric, value in found.items() if metric.endswith(test)]
        if parts:
            means[test] = sum(parts) / len(parts)
    return means | found


def lessons(item: Item) -> list[tuple[str, str]]:
    """What a scorer of texts may learn from an item: (true, false)."""
    return [(item.p1, item.negative), (item.p2, item.negative)]


def score(items: Sequence[Item], scorer: Scorer) -> dict[str, float]:
    """Metric → percent."""
    return figures(wins(items, scorer))
