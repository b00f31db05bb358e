"""Which prompt pair to embed with: every candidate measured on one model and one sample of data.

The paper compares 50 pairs and finds that good ones have (1) a high entropy of the next token at
the summary token and (2) embeddings whose cumulative PCA variance grows slowly. How the two are
weighed is not printed; ours adds the two places. Captions are needed for recall only, not for the
choice. Refuses to know files, plots and the command line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vladva.analysis import (
    Floats,
    Readout,
    asked,
    bare,
    cumulative_variance,
    effective_rank,
    model_of,
    read_pictures,
    read_texts,
)
from vladva.benchmarks.metrics import percents
from vladva.benchmarks.retrieval import Item, wins
from vladva.benchmarks.scorers import Scorer
from vladva.model import VladVA
from vladva.prompts import PromptPair
from vladva.protocols import Encoder, Prepared


@dataclass(frozen=True)
class SideFigures:
    """One side under one prompt: mean entropy in nats, effective rank, cumulative variance [k]."""

    entropy: float
    effective_rank: float
    cumulative: Floats

    def axes_for(self, share: float) -> int:
        """How many principal axes hold that share of the variance."""
        return int(np.searchsorted(self.cumulative, share - 1e-9)) + 1


@dataclass(frozen=True)
class Compared:
    """A pair and its figures; `recall` has the retrieval metrics in percent, untuned."""

    pair: PromptPair
    image: SideFigures
    text: SideFigures
    recall: Mapping[str, float]

    @property
    def entropy(self) -> float:
        """Mean of both sides, nats."""
        return (self.image.entropy + self.text.entropy) / 2

    @property
    def effective_rank(self) -> float:
        """Geometric mean of both sides: a side that collapsed is not made good by the other."""
        return float((self.image.effective_rank * self.text.effective_rank) ** 0.5)

    @property
    def mean_recall(self) -> float:
        """R@1, mean of both directions, percent."""
        return (self.recall["image_R@1"] + self.recall["text_R@1"]) / 2


def compare(
    encoder: Encoder,
    pictures: Sequence[Prepared],
    items: Sequence[Item],
    pairs: Sequence[PromptPair],
    batch_size: int,
) -> Iterator[Compared]:
    """The figures of each pair, in order, any adapter off.

    `items`: captions of the pictures, each by its picture's index. Raises `Unsupported` on two
    towers and on embedders without a language head.
    """
    model = model_of(encoder)
    texts = list(dict.fromkeys(item.text for item in items))
    for pair in pairs:
        with model.lock, bare(model), asked(model, pair):
            seen = read_pictures(model, pictures, batch_size)
            said = read_texts(model, texts, batch_size)
        yield Compared(pair, _figures(seen), _figures(said), _recall(items, texts, seen, said))


def in_order(compared: Sequence[Compared]) -> list[Compared]:
    """By the published rule, the best first: the places by entropy and by rank, added up (ours).

    Equal sums: the higher entropy first.
    """
    by_entropy = _places([one.entropy for one in compared])
    by_rank = _places([one.effective_rank for one in compared])
    order = sorted(
        range(len(compared)), key=lambda i: (-(by_entropy[i] + by_rank[i]), -compared[i].entropy)
    )
    return [compared[i] for i in order]


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Rank correlation, -1 to 1, ties at their mean place; None where one side never varies."""
    a, b = _places(one), _places(other)
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def vocabulary_of(model: VladVA) -> int:
    """Tokens that the head chooses from: the entropy is at most its logarithm."""
    head = model.backbone.head
    return 0 if head is None else int(next(head.parameters()).shape[0])


def _figures(read: Readout) -> SideFigures:
    return SideFigures(
        entropy=float(read.entropy.mean()),
        effective_rank=effective_rank(read.vectors),
        cumulative=cumulative_variance(read.vectors),
    )


def _recall(
    items: Sequence[Item], texts: Sequence[str], seen: Readout, said: Readout
) -> dict[str, float]:
    vectors = dict(zip(texts, said.vectors, strict=True))
    scorer = Scorer(seen.vectors, lambda some: np.stack([vectors[text] for text in some]))
    return percents(wins(items, scorer))


def _places(values: Sequence[float]) -> NDArray[np.float64]:
    """Each value's place from the smallest up, ties at the mean of their places."""
    given = np.asarray(values, np.float64)
    below = (given[None] < given[:, None]).sum(axis=1)
    upto = (given[None] <= given[:, None]).sum(axis=1)
    return np.asarray((below + upto - 1) / 2, np.float64)
