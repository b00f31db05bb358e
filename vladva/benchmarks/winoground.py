"""Winoground's protocol (paper): two pictures and two captions of the same words.

`text`: each picture is nearer to its own caption; `image`: each caption is nearer to its own
picture; `group`: both. Refuses to know where pictures and captions come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vladva.benchmarks.metrics import Wins, percents
from vladva.benchmarks.scorers import Pairs


@dataclass(frozen=True)
class Item:
    """Two pictures and two texts; the first text is true of the first picture only."""

    pictures: tuple[int, int]
    texts: tuple[str, str]


def wins(items: Sequence[Item], scorer: Pairs) -> Wins:
    """`text`, `image` and `group` → one flag an item."""
    own_0, foreign_0, foreign_1, own_1 = (
        scorer.pairs([item.pictures[i] for item in items], [item.texts[j] for item in items])
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))
    )
    text = (own_0 > foreign_0) & (own_1 > foreign_1)
    image = (own_0 > foreign_1) & (own_1 > foreign_0)
    return {"text": text, "image": image, "group": text & image}


def lessons(item: Item) -> list[tuple[str, str]]:
    """What a scorer of texts may learn from an item: each is true once and false once."""
    return [item.texts, item.texts[::-1]]


def score(items: Sequence[Item], scorer: Pairs) -> dict[str, float]:
    """Metric → percent."""
    return percents(wins(items, scorer))
