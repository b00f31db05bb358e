"""Zero-shot classification: which label's text is nearest to a picture.

A label has several wordings and scores the mean of their scores (ours: the mean text is not made
unit again). Refuses to know where pictures, labels and wordings come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from vladva.benchmarks.metrics import Wins, percents, ranks
from vladva.benchmarks.scorers import Scorer

CUTS = (1, 5)
Labels = Sequence[Sequence[str]]
"""Each label's wordings."""


@dataclass(frozen=True)
class Item:
    """One picture and the number of its label."""

    picture: int
    label: int


def wins(labels: Labels, items: Sequence[Item], scorer: Scorer) -> Wins:
    """`top1` and `top5` → one flag an item."""
    scores = scorer.variants([item.picture for item in items], labels)  # [items, labels]
    right = np.array([item.label for item in items])[:, None] == np.arange(len(labels))
    places = ranks(scores, right)
    return {f"top{k}": places < k for k in CUTS}


def lessons(labels: Labels, item: Item) -> list[tuple[str, str]]:
    """What a scorer of texts may learn from an item: its label is true, the next one is false."""
    other = labels[(item.label + 1) % len(labels)]
    return [(labels[item.label][0], other[0])]


def score(labels: Labels, items: Sequence[Item], scorer: Scorer) -> dict[str, float]:
    """Metric → percent."""
    return percents(partial(wins, labels)(items, scorer))
