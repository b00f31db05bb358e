"""Contrastive batches far beyond memory, with exact gradients.

After GradCache (Gao et al. 2021; ours here): read every chunk without a graph, keep only its
states; compare all states with each other; read every chunk again with a graph, and send the
states' gradients through it. The caption's loss needs no other row, so it joins the second pass.
Refuses to know which losses compare the states.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from vladva.model import VladVA
from vladva.trainer.batch import Batch, Losses, LossWeights
from vladva.trainer.contrast import contrast
from vladva.trainer.distributed import World
from vladva.trainer.sides import Side, sides


def cached_backward(  # noqa: PLR0913 - the step's whole surface
    model: VladVA,
    batch: Batch,
    log_scale: Tensor,
    weights: LossWeights,
    *,
    chunk: int,
    world: World,
) -> Losses:
    """`step.backward` with `chunk` rows in memory at a time.

    Equal to the plain step where the model is the same function in both passes: no dropout.
    """
    tokens = world.sum(sum(map(len, batch.long)))
    needed = sides(model, batch, weights, tokens)
    with torch.no_grad():
        states = {name: _states(model, side, chunk) for name, side in needed.items()}
    for each in states.values():
        each.requires_grad_(True)
    found = contrast(states, batch, log_scale, weights, world)
    found.total.backward()  # type: ignore[no-untyped-call]
    spoken = log_scale.new_zeros(())
    for name, side in needed.items():
        spoken = spoken + _send(side, _gradient(states[name]), weights, chunk)
    return replace(found, autoregressive=world.total(spoken)).detach()


def chunks(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Rows in chunks of at most `size`, each of like lengths, so that little is padding.

    >>> list(chunks([5, 1, 4, 2, 3], 2))
    [[1, 3], [4, 2], [0]]
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _states(model: VladVA, side: Side, chunk: int) -> Tensor:
    states: Tensor | None = None
    for rows in chunks(side.lengths, chunk):
        read = side.read(rows)
        if states is None:
            states = read.new_empty(len(side.lengths), read.shape[1])
        states[rows] = read
    return torch.zeros(0, model.dim, device=model.device) if states is None else states


def _gradient(states: Tensor) -> Tensor:
    return torch.zeros_like(states) if states.grad is None else states.grad


def _send(side: Side, gradient: Tensor, weights: LossWeights, chunk: int) -> Tensor:
    """Gradients of the states → gradients of parameters. Returns the share of the spoken loss."""
    total = gradient.new_zeros(())
    for rows in chunks(side.lengths, chunk):
        states, spoken = side.speak(rows) if side.speak else (side.read(rows), None)
        loss = (states * gradient[rows]).sum()
        if spoken is not None:
            loss = loss + weights.autoregressive * spoken
            total = total + spoken.detach()
        loss.backward()  # type: ignore[no-untyped-call]
    return total
