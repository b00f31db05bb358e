"""Gradient checkpointing: a layer's inner states are made again on the way back, not kept.

Works on the layers of transformers that know how, whatever the family and whatever was injected
into them. Refuses to know losses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from torch.utils.checkpoint import checkpoint
from transformers.modeling_layers import GradientCheckpointingLayer

from vladva.model import VladVA


@contextmanager
def recomputed(model: VladVA) -> Iterator[None]:
    """Inside, every layer of the language model and of the vision tower recomputes itself.

    Only the layers themselves are set to train mode, nothing within them: no dropout wakes up, so
    that the gradients are those of the plain step. transformers' own switch would set a hook that
    makes the frozen embeddings ask for gradients, and stay. Ours.
    """
    found = model.backbone.base.modules()
    layers = [layer for layer in found if isinstance(layer, GradientCheckpointingLayer)]
    modes = [layer.training for layer in layers]
    again = partial(checkpoint, use_reentrant=False)
    for layer in layers:
        layer.gradient_checkpointing = True
        layer.training = True
        layer._gradient_checkpointing_func = again  # type: ignore[assignment]  # noqa: SLF001
    try:
        yield
    finally:
        for layer, mode in zip(layers, modes, strict=True):
            layer.gradient_checkpointing = False
            layer.training = mode
