"""The joint step: one image-side pass serves the contrastive and the autoregressive loss.

[image][image prompt][long caption]: with causal attention the summary token does not see the
caption behind it, so the same pass gives the embedding and the logits (paper). Refuses to know
where batches come from and what the optimiser does with the gradients.
"""

from dataclasses import replace
from itertools import chain

import torch
from torch import Tensor

from vladva.model import Features, VladVA
from vladva.trainer.batch import Batch, Losses, LossWeights
from vladva.trainer.contrast import contrast
from vladva.trainer.distributed import ALONE, World
from vladva.trainer.gradcache import cached_backward, chunks
from vladva.trainer.sides import Rows, Side, sides

__all__ = ["Batch", "LossWeights", "Losses", "backward", "joint_losses"]

PAPER = LossWeights()
PORTION = 32
"""Rows that are read at a time, each portion of like lengths, so that little is padding."""


def joint_losses(
    model: VladVA,
    batch: Batch,
    log_scale: Tensor,
    weights: LossWeights = PAPER,
    world: World = ALONE,
) -> Losses:
    """All losses of one batch, differentiable; the adapter on `model` is what learns."""
    if weights.edits and batch.edits and not isinstance(batch.pictures, Features):
        batch = replace(batch, pictures=model.look(batch.pictures))  # looked at once, used twice
    tokens = world.sum(sum(map(len, batch.long)))
    states, spoken = {}, log_scale.new_zeros(())
    for name, side in sides(model, batch, weights, tokens).items():
        states[name], share = _whole(model, side)
        spoken = spoken + share
    found = contrast(states, batch, log_scale, weights, world)
    return replace(found, autoregressive=world.total(spoken))


def backward(  # noqa: PLR0913 - the step's whole surface
    model: VladVA,
    batch: Batch,
    log_scale: Tensor,
    weights: LossWeights = PAPER,
    *,
    chunk: int | None = None,
    world: World = ALONE,
) -> Losses:
    """Add the batch's gradients to `.grad`, and return its losses, detached.

    `chunk`: rows that are in memory at a time (GradCache: the same gradients, one more pass);
    None: all at once. On several ranks each `.grad` is a part of the sum that
    `World.all_reduce_gradients` then makes.
    """
    if chunk is not None:
        return cached_backward(model, batch, log_scale, weights, chunk=chunk, world=world)
    losses = joint_losses(model, batch, log_scale, weights, world)
    losses.total.backward()  # type: ignore[no-untyped-call]
    return losses.detach()


def _whole(model: VladVA, side: Side) -> tuple[Tensor, Tensor]:
    """The states of all rows in their order, and their spoken loss."""
    if not side.lengths:
        states = torch.zeros(0, model.dim, device=model.device)
        return states, states.new_zeros(())
    parts = list(chunks(side.lengths, PORTION))
    read = [_portion(side, rows) for rows in parts]
    order = torch.tensor(list(chain.from_iterable(parts)), device=model.device)
    states = torch.cat([states for states, _ in read])[order.argsort()]
    return states, torch.stack([spoken for _, spoken in read]).sum()


def _portion(side: Side, rows: Rows) -> tuple[Tensor, Tensor]:
    if side.speak is not None:
        return side.speak(rows)
    states = side.read(rows)
    return states, states.new_zeros(())
