"""Adapters drawn at random, always alike: what tuning changes shows in every number."""

import shutil
from pathlib import Path
from typing import Any

import tiny
import torch

from vladva import adapters
from vladva.encoders import load_encoder


def tune(encoder: Any) -> Any:
    """Put an adapter of random weights on an encoder → that adapter."""
    adapter = adapters.create(encoder.model, adapters.AdapterShape(rank=2, alpha=4))
    chance = torch.Generator().manual_seed(0)
    for weight in adapter.weights().values():
        weight.data.normal_(generator=chance)
    return adapter


def tuned_mini(base: Path) -> Path:
    """A copy of the tiny mini in `base`, with an adapter of its own in its folder."""
    shutil.copytree(tiny.checkpoint("mini"), base)
    encoder: Any = load_encoder(str(base), device="cpu", adapter=None)
    adapters.save(tune(encoder), base / "adapter", {"base": encoder.base})
    return base
