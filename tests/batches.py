"""A batch with everything in it, on a tiny model of which only a fresh adapter learns."""

import dataclasses
from collections.abc import Sequence

import tiny
import torch
from torch import Tensor, nn

from vladva.adapters import AdapterShape, create
from vladva.encoders import load_encoder
from vladva.losses import LOG_SCALE_START
from vladva.model import VladVA
from vladva.trainer.batch import Batch, LossWeights, pick

EVERYTHING = LossWeights(autoregressive=0.7, text_text=0.5, negatives=True, edits=0.3, twins=0.9)
LONG = [
    "a dog stands left of a house",
    "",
    "two boats on a lake in the sun, and then a house, and then a red car by night",
    "a cat",
    "a red car by night",
    "a blue boat and a bird",
    "",
]


def tuned(kind: str, folder: str = "") -> VladVA:
    """A tiny model whose LoRA matrices are no longer zero, so that each gets a gradient."""
    folder = folder or str(tiny.checkpoint(kind))
    model: VladVA = load_encoder(folder, adapter=None).model  # type: ignore[attr-defined]
    torch.manual_seed(0)
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    with torch.no_grad():
        for weight in adapter.lora().values():
            weight.copy_(torch.randn_like(weight) * 0.05)
    return model


def everything(kind: str, model: VladVA, folder: str = "") -> Batch:
    """Seven rows: one picture twice, one caption twice, rows that lack this or that."""
    prepare = load_encoder(folder or str(tiny.checkpoint(kind)), adapter=None).prepare
    pictures = [prepare(tiny.PICTURES[number]) for number in (0, 1, 2, 3, 0, 1, 2)]
    ids = iter(model.caption_ids([text for text in LONG if text]))
    return Batch(
        pictures,
        images=["a", "b", "c", "d", "a", "e", "f"],
        short=["a dog", "a red car", "two boats", None, "one dog", "a red car", "a bird"],
        long=[next(ids) if text else () for text in LONG],
        negatives=[["a cat"], (), ["one boat", "a red boat", "two boats"], ["a"], (), (), ["x"]],
        paraphrases=[("a dog", "one dog"), ("two boats", "boats"), ("a dog", "a hound")],
        twins=[(2, "two boats", "one boat"), (0, "a dog", "a cat"), (6, "a bird on a car", "x")],
        edits=[(2, "add a bird"), (0, "make the dog red"), (4, "make the dog red")],
        targets=[pictures[1], pictures[3], pictures[3]],
        fits=[(0, 2), (2, 1), (6, 5)],
    )


def part(batch: Batch, rows: Sequence[int], pairs: slice, edits: slice) -> Batch:
    """What one rank holds of a batch. The edits' sources must be among its rows."""
    assert batch.targets is not None
    place = {row: at for at, row in enumerate(rows)}
    return dataclasses.replace(
        batch,
        pictures=pick(batch.pictures, rows),
        images=[batch.images[row] for row in rows],
        short=[batch.short[row] for row in rows],
        long=[batch.long[row] for row in rows],
        negatives=[batch.negatives[row] for row in rows],
        paraphrases=batch.paraphrases[pairs],
        twins=[(place[row], *pair) for row, *pair in batch.twins if row in place],
        edits=[(list(rows).index(row), order) for row, order in batch.edits[edits]],
        targets=pick(batch.targets, range(len(batch.edits))[edits]),
        fits=[(place[a], place[b]) for a, b in batch.fits if a in place and b in place],
    )


def learning(model: VladVA) -> dict[str, nn.Parameter]:
    """Everything that gets a gradient, by name."""
    adapter = model.adapter
    return {**adapter.prompts(), **adapter.lora()}  # type: ignore[union-attr]


def scale() -> nn.Parameter:
    """A log-scale that learns."""
    return nn.Parameter(torch.tensor(LOG_SCALE_START))


def gradients(model: VladVA, log_scale: nn.Parameter) -> dict[str, Tensor]:
    """All gradients, copied, and taken away from the model."""
    weights = {**learning(model), "log_scale": log_scale}
    found = {
        name: weight.grad.clone() for name, weight in weights.items() if weight.grad is not None
    }
    for weight in weights.values():
        weight.grad = None
    return found


def worst(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> float:
    """Largest difference of two sets of gradients, each against its own largest entry or 1."""
    assert found.keys() == wanted.keys()
    return max(
        float((found[name] - one).abs().max() / one.abs().max().clamp(min=1.0))
        for name, one in wanted.items()
    )
