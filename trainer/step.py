"""The joint step: one image-side pass serves the contrastive and the autoregressive loss.

[image][image prompt][long caption]: with causal attention the summary token does not see the
caption behind it, so the same pass gives the embedding and the logits (paper). Refuses to know
where batches come from and what the optimiser does with the losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vladva.losses import contrastive, next_token
from vladva.model import Features, VladVA
from vladva.protocols import Prepared


@dataclass(frozen=True)
class Batch:
    """n pictures with a short caption each; `long` holds token ids, none for no long caption."""

    pictures: Sequence[Prepared] | Features
    short: Sequence[str]
    long: Sequence[Sequence[int]] = ()


@dataclass(frozen=True)
class Losses:
    """Scalars of one step; `total` is their plain sum (paper)."""

    contrastive: Tensor
    autoregressive: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.contrastive + self.autoregressive


def joint_losses(model: VladVA, batch: Batch, log_scale: Tensor) -> Losses:
    """Both losses of one batch, differentiable; the adapter on `model` is what learns."""
    image = model.image_side(batch.pictures, captions=batch.long)
    texts = model.text_side(batch.short)
    return Losses(
        contrastive(image.summary, texts, log_scale, same=_same(batch.short)),
        next_token(model.logits(image.caption_states), image.caption_ids)
        if batch.long
        else image.summary.new_zeros(()),
    )


def _same(short: Sequence[str]) -> Tensor | None:
    """Rows whose short captions are the same words, bool [n, n]; None where all differ."""
    if len(set(short)) == len(short):
        return None
    numbers = {text: number for number, text in enumerate(dict.fromkeys(short))}
    kinds = torch.tensor([numbers[text] for text in short])
    return kinds[:, None] == kinds[None, :]
