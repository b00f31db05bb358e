"""Zero-shot classification: which label's text is nearest to a picture.

A label has several wordings and scores the mean of their scores (ours: the mean text is not made
unit again). Labels that are said alike are one answer (ours): no model can tell them apart.
Refuses to know where pictures, labels and wordings come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.metrics import Wins, percents, ranks
from vladva.benchmarks.scorers import Scorer

CUTS = (1, 5)
ROWS = 8192
"""Pictures that are ranked at once, which bounds the memory."""
Labels = Sequence[Sequence[str]]
"""Each label's wordings."""


@dataclass(frozen=True)
class Item:
    """One picture and the number of its label."""

    picture: int
    label: int


def wins(labels: Labels, items: Sequence[Item], scorer: Scorer) -> Wins:
    """`top1` and `top5` → one flag an item."""
    said = _said(labels)
    found = [np.empty(0, np.int64)]
    for start in range(0, len(items), ROWS):
        block = items[start : start + ROWS]
        scores = scorer.variants([item.picture for item in block], labels)  # [block, labels]
        right = said[[item.label for item in block]][:, None] == said  # [block, labels]
        found.append(ranks(scores, right))
    places = np.concatenate(found)
    return {f"top{k}": places < k for k in CUTS}


def _said(labels: Labels) -> NDArray[np.int64]:
    """The number of what each label says, one number for those said alike, in whatever case."""
    numbers: dict[tuple[str, ...], int] = {}
    keys = (tuple(text.casefold() for text in texts) for texts in labels)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def lessons(labels: Labels, item: Item) -> list[tuple[str, str]]:
    """What a scorer of texts may learn from an item: its label is true, the next one is false."""
    other = labels[(item.label + 1) % len(labels)]
    return [(labels[item.label][0], other[0])]


def score(labels: Labels, items: Sequence[Item], scorer: Scorer) -> dict[str, float]:
    """Metric → percent."""
    return percents(partial(wins, labels)(items, scorer))
