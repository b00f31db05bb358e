"""Retrieval, both ways: a caption finds its picture, a picture finds one of its captions.

The protocol of Flickr30k and COCO (paper): image retrieval has one right picture a caption, text
retrieval hits when ANY caption of the picture is among the first k. Texts that are equal stand at
one place of the ranking, and are a right answer to each of their pictures (ours): so float noise
cannot decide between them. Refuses to know where captions come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.metrics import Wins, percents, ranks
from vladva.benchmarks.scorers import Scorer

CUTS = (1, 10)
ROWS = 256
"""Queries that are ranked at once, which bounds the memory."""


@dataclass(frozen=True)
class Item:
    """One caption of one picture."""

    picture: int
    text: str


def wins(items: Sequence[Item], scorer: Scorer, cuts: Sequence[int] = CUTS) -> Wins:
    """`image_R@k`, one flag a caption; `text_R@k`, one flag a picture that has captions."""
    image, text = image_ranks(items, scorer), text_ranks(items, scorer)
    found = {f"image_R@{k}": image < k for k in cuts}
    return found | {f"text_R@{k}": text < k for k in cuts}


def image_ranks(items: Sequence[Item], scorer: Scorer) -> NDArray[np.int64]:
    """The place of each caption's own picture among all pictures, from 0."""
    pictures = range(len(scorer.pictures))
    found = [np.empty(0, np.int64)]
    for start in range(0, len(items), ROWS):
        block = items[start : start + ROWS]
        scores = scorer.table(pictures, [item.text for item in block]).T  # [captions, pictures]
        right = np.zeros(scores.shape, np.bool_)
        right[range(len(block)), [item.picture for item in block]] = True
        found.append(ranks(scores, right))
    return np.concatenate(found)


def text_ranks(items: Sequence[Item], scorer: Scorer) -> NDArray[np.int64]:
    """The place of each picture's best own caption among all different texts, from 0."""
    texts = list(dict.fromkeys(item.text for item in items))
    place = {text: number for number, text in enumerate(texts)}
    own: dict[int, list[int]] = {}
    for item in items:
        own.setdefault(item.picture, []).append(place[item.text])
    pictures = sorted(own)
    found = [np.empty(0, np.int64)]
    for start in range(0, len(pictures), ROWS):
        block = pictures[start : start + ROWS]
        right = np.zeros((len(block), len(texts)), np.bool_)
        for row, picture in enumerate(block):
            right[row, own[picture]] = True
        found.append(ranks(scorer.table(block, texts), right))
    return np.concatenate(found)


def score(items: Sequence[Item], scorer: Scorer) -> dict[str, float]:
    """Metric → percent."""
    return percents(wins(items, scorer))
