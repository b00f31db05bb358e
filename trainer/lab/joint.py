"""Stage 3 of mini: the method. Soft prompts and LoRA turn the base into a dual encoder.

    python -m vladva.trainer.lab.joint runs/mini --scenes 66000

The base stays frozen, so that with the adapter off it speaks as before. Leaves the adapter in
`base/adapter/`, where `load_encoder` looks for it; an adapter that is there is trained on.
"""

import argparse
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset

from vladva.adapters import FACTS, Adapter, AdapterShape, attach, create, save
from vladva.encoders import load_encoder
from vladva.losses import LOG_SCALE_START
from vladva.model import Features, VladVA
from vladva.prompts import PROMPTS
from vladva.toyland.invent import invent
from vladva.toyland.words import long_captions, short_captions
from vladva.trainer.journal import Journal
from vladva.trainer.lab import scenes as drawn_scenes
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.vision import rate_at, to_pixels
from vladva.trainer.step import Batch, backward

LONG_TOKENS = 44
"""Longer captions are cut here: the tail repeats what the head taught."""


class Captions(Dataset[tuple[int, str, str]]):
    """(scene number, short caption, long caption); made in a worker beside the training."""

    def __init__(self, count: int, rounds: int) -> None:
        self.count = count
        self.rounds = rounds

    def __len__(self) -> int:
        return self.count * self.rounds

    def __getitem__(self, number: int) -> tuple[int, str, str]:
        index = number % self.count
        random_ = random.Random(number)
        scene = invent("train", drawn_scenes.SEED, index)
        return (
            index,
            short_captions(scene, random_, 1)[0],
            long_captions(scene, random_, 1)[0],
        )


def as_lists(rows: Sequence[tuple[int, str, str]]) -> tuple[list[int], list[str], list[str]]:
    """Rows as columns."""
    indices, short, long = zip(*rows, strict=True)
    return list(indices), list(short), list(long)


def train(folder: Path, scenes: int, size: int, peak: float, shape: AdapterShape) -> None:
    """Train on `scenes` pictures; leaves `base/adapter/`."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)  # sharp attention makes numbers on which a CPU crawls
    journal = Journal(folder / "joint.jsonl")
    drawn = Drawn(folder)
    encoder: Any = load_encoder(str(folder / "base"), adapter=None)
    model: VladVA = encoder.model
    model.prompts = PROMPTS["short"]
    adapter = _adapter(model, folder, shape)
    weights: list[nn.Parameter] = [*adapter.prompts().values(), *adapter.lora().values()]
    log_scale = nn.Parameter(torch.tensor(LOG_SCALE_START, device=model.device))
    optimiser = torch.optim.AdamW([*weights, log_scale], lr=peak, weight_decay=0.0)
    loader = DataLoader(
        Captions(len(drawn), rounds=20),
        batch_size=size,
        shuffle=True,
        num_workers=1,
        collate_fn=as_lists,
        prefetch_factor=8,
        drop_last=True,
    )
    journal.say("start", scenes=len(drawn), trained=sum(p.numel() for p in weights))
    for step, (indices, short, long) in enumerate(islice(loader, scenes // size), 1):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step * size / scenes, peak)
        ids = [row[:LONG_TOKENS] for row in model.caption_ids(long)]
        pictures = _look(model, drawn[np.array(indices)])
        optimiser.zero_grad()
        losses = backward(
            model, Batch(pictures, [str(index) for index in indices], short, ids), log_scale
        )
        nn.utils.clip_grad_norm_([*weights, log_scale], 1.0)
        optimiser.step()
        if step % 20 == 0:
            journal.say("step", step=step, seen=step * size, **_values(losses, log_scale))
        if step % 200 == 0:
            _save(adapter, model, folder, step * size)
    _save(adapter, model, folder, step * size)


def _adapter(model: VladVA, folder: Path, shape: AdapterShape) -> Adapter:
    """The adapter of an earlier run, to be trained on, or a fresh one."""
    if not (folder / "base" / "adapter" / FACTS).exists():
        return create(model, shape)
    attach(model, folder / "base" / "adapter")
    adapter = model.adapter
    assert isinstance(adapter, Adapter)
    for weight in (*adapter.prompts().values(), *adapter.lora().values()):
        weight.requires_grad_(True)
    return adapter


def _look(model: VladVA, pixels: NDArray[np.uint8]) -> Features:
    with torch.no_grad():
        return model.look([{"pixel_values": one} for one in to_pixels(pixels).numpy()])


def _values(losses: Any, log_scale: nn.Parameter) -> dict[str, float]:
    return {
        "contrastive": round(losses.contrastive.item(), 4),
        "autoregressive": round(losses.autoregressive.item(), 4),
        "scale": round(log_scale.exp().item(), 2),
    }


def _save(adapter: Adapter, model: VladVA, folder: Path, seen: int) -> None:
    facts = {
        "base": "mini",
        "prompts": {"image": model.prompts.image, "text": model.prompts.text},
        "training": {"scenes": seen, "loss": "contrastive + autoregressive"},
    }
    save(adapter, folder / "base" / "adapter", facts)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenes", type=int, default=66_000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--rank", type=int, default=32)
    options = parser.parse_args()
    shape = AdapterShape(rank=options.rank, alpha=options.rank)
    train(options.folder, options.scenes, options.batch, options.lr, shape)


if __name__ == "__main__":
    main()
