"""What one step takes and what it gives: a batch, the weights of its losses, and the losses.

Refuses to know models: it holds pictures, words and numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

import torch
from torch import Tensor

from vladva.model import Features
from vladva.protocols import Prepared

Pictures = Sequence[Prepared] | Features
"""Pictures before the vision tower, or after it and the projector."""


@dataclass(frozen=True)
class Batch:
    """n pictures and what is said of them; on several ranks, this rank's part of the batch."""

    pictures: Pictures
    images: Sequence[str]
    """Equal names are the same picture."""
    short: Sequence[str | None]
    """None: the row feeds only the autoregressive loss."""
    long: Sequence[Sequence[int]] = ()
    """Token ids for each row (`VladVA.caption_ids`), an empty row feeds only the contrast; or
    nothing at all."""
    negatives: Sequence[Sequence[str]] = ()
    """For each row, texts that are false of its picture; or nothing at all."""
    paraphrases: Sequence[tuple[str, str]] = ()
    edits: Sequence[tuple[int, str]] = ()
    """(row of the source picture, instruction)."""
    targets: Pictures | None = None
    """What each edit leads to."""
    twins: Sequence[tuple[int, str, str]] = ()
    """(row, a text that is true of its picture, its false twin)."""
    fits: Sequence[tuple[int, int]] = ()
    """(row, other row): what is said of the other is true of this row's picture, too, which is then
    no negative of that text (ours)."""
    target_images: Sequence[str] = ()
    """Equal names are the same target; none: targets are alike where their edits are."""


@dataclass(frozen=True)
class LossWeights:
    """How much each loss counts. The defaults are the paper's plain sum; the rest is ours."""

    autoregressive: float = 1.0
    text_text: float = 0.0
    negatives: bool = False
    """Whether a row's false texts join its image → text softmax."""
    edits: float = 0.0
    twins: float = 0.0


@dataclass(frozen=True)
class Losses:
    """Scalars of one step, not yet weighted; over all ranks, alike on each of them."""

    contrastive: Tensor
    autoregressive: Tensor
    others: Mapping[str, Tensor] = field(default_factory=dict)
    """`text_text`, `edits` and `twins`, each where its weight is not zero."""
    weights: LossWeights = LossWeights()

    @property
    def total(self) -> Tensor:
        """What is minimised: the weighted sum, with the defaults the plain sum (paper)."""
        total = self.contrastive + self.weights.autoregressive * self.autoregressive
        for name, value in self.others.items():
            total = total + getattr(self.weights, name) * value
        return total

    def detach(self) -> "Losses":
        """The same values without their graph."""
        return replace(
            self,
            contrastive=self.contrastive.detach(),
            autoregressive=self.autoregressive.detach(),
            others={name: value.detach() for name, value in self.others.items()},
        )


def pick(pictures: Pictures, rows: Sequence[int]) -> Pictures:
    """The pictures of these rows, in this order. Of `Features` all rows are the same object."""
    if not isinstance(pictures, Features):
        return [pictures[row] for row in rows]
    counts = pictures.counts
    if list(rows) == list(range(len(counts))):
        return pictures
    ends = list(accumulate(counts))
    at = torch.cat([torch.arange(ends[row] - counts[row], ends[row]) for row in rows])
    at = at.to(pictures.tokens.device)
    return Features(
        tokens=pictures.tokens[at],
        counts=tuple(counts[row] for row in rows),
        grids=None if pictures.grids is None else pictures.grids[list(rows)],
        deep=tuple(layer[at] for layer in pictures.deep),
    )
