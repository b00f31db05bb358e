"""Tiny models and adapters that change what they say: for tests of adapters."""

from typing import Any

import tiny
import torch

from vladva.adapters import Adapter, AdapterShape, create
from vladva.encoders import load_encoder
from vladva.model import VladVA

TEXTS = ["a dog", "a red car left of a house"]


def base(kind: str = "mini") -> VladVA:
    encoder: Any = load_encoder(str(tiny.checkpoint(kind)), adapter=None)
    model: VladVA = encoder.model
    return model


def vectors(model: VladVA) -> torch.Tensor:
    with torch.inference_mode():
        return model.text_side(TEXTS)


SMALL = AdapterShape(rank=4, alpha=4)


ALL = AdapterShape(rank=4, alpha=4, vision=True, projector=True)


def disturbed(model: VladVA, shape: AdapterShape = SMALL) -> Adapter:
    adapter = create(model, shape)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in (*adapter.prompts().values(), *adapter.lora().values()):
            value.add_(torch.randn(value.shape, generator=generator) * 0.3)
    return adapter
