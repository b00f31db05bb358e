"""SugarCrepe's protocol (paper): right where the picture is nearer to the true caption, strictly.

Refuses to know where pictures and captions come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladva.benchmarks.metrics import Wins, percents
from vladva.benchmarks.scorers import Pairs

KINDS = (
    "replace_obj",
    "replace_att",
    "replace_rel",
    "swap_obj",
    "swap_att",
    "add_obj",
    "add_att",
)


@dataclass(frozen=True)
class Item:
    """One picture, a caption that is true of it and one like it that is false."""

    kind: str
    picture: int
    positive: str
    negative: str


def wins(items: Sequence[Item], scorer: Pairs) -> Wins:
    """Kind → one flag an item; kinds without items are absent."""
    pictures = [item.picture for item in items]
    true = scorer.pairs(pictures, [item.positive for item in items])
    false = scorer.pairs(pictures, [item.negative for item in items])
    kinds = np.array([item.kind for item in items])
    return {kind: (true > false)[kinds == kind] for kind in KINDS if kind in kinds}


def figures(won: Wins) -> dict[str, float]:
    """Percent of each kind, and their unweighted `mean`."""
    found = percents(won)
    return found | {"mean": sum(found.values()) / max(1, len(found))}


def lessons(item: Item) -> list[tuple[str, str]]:
    """What a scorer of texts may learn from an item: (true, false)."""
    return [(item.positive, item.negative)]


def score(items: Sequence[Item], scorer: Pairs) -> dict[str, float]:
    """Metric → percent."""
    return figures(wins(items, scorer))
