"""Stage 1 of mini: eyes. The vision tower learns the known layout, patch by patch.

    python -m vladva.trainer.lab.vision runs/mini --scenes 600000

The heads that speak of patches are thrown away in the end. Ours: the LVLMs of the paper start from
a tower that CLIP trained on 400M pictures, which cannot be had here. Goes on where it was stopped.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from vladva.toyland.scene import BACKGROUNDS, COLOURS, SIZES
from vladva.trainer.lab.backbone import backbone_of
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.layout import NOTHING, Boxes, Labels, mirrored, targets
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import MEAN, MINI, SHAPES, STD, Shape

HELD_OUT = 1000
"""The first scenes, which no step sees."""
DECAY, BETAS = 0.02, (0.9, 0.98)
"""Of AdamW."""
EYES = "vision.safetensors"
WIDTHS = (NOTHING + 1, len(COLOURS), len(SIZES), 4)
"""Logits of a patch: kind, colour, size; and its box."""


class Eyes(nn.Module):
    """A family's vision tower with the heads of dense supervision."""

    def __init__(self, shape: Shape = MINI) -> None:
        super().__init__()
        self.backbone = backbone_of(shape)
        self.tower = self.backbone.tower(shape)
        width = self.backbone.width(shape)
        self.patch_norm = nn.LayerNorm(width)
        self.patch = nn.Linear(width, sum(WIDTHS))
        self.scene_norm = nn.LayerNorm(width)
        self.scene = nn.Linear(width, len(BACKGROUNDS) + 2)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """float32 [b, 3, size, size] → patch logits [b, patches, …], scene logits [b, …]."""
        states = self.backbone.states(self.tower, pixels)  # [b, 1 + patches, width]
        return self.patch(self.patch_norm(states[:, 1:])), self.scene(self.scene_norm(states[:, 0]))


def loss_and_hits(
    outputs: tuple[Tensor, Tensor], labels: Tensor, boxes: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum of all cross-entropies and the box error; accuracies on covered patches."""
    patches, scene = outputs
    kinds, colours, sizes, where = torch.split(patches, list(WIDTHS), -1)
    target = labels[:, 1:].long()  # [b, patches, 3]
    covered = target[..., 0] != NOTHING
    losses = [
        functional.cross_entropy(kinds.flatten(0, 1), target[..., 0].flatten()),
        functional.cross_entropy(kinds[covered], target[..., 0][covered]),
        functional.cross_entropy(colours[covered], target[..., 1][covered]),
        0.3 * functional.cross_entropy(sizes[covered], target[..., 2][covered]),
        4.0 * functional.smooth_l1_loss(where[covered], boxes[covered].float(), beta=0.1),
        0.3 * functional.cross_entropy(scene[:, : len(BACKGROUNDS)], labels[:, 0, 0].long()),
        0.3 * functional.cross_entropy(scene[:, len(BACKGROUNDS) :], labels[:, 0, 1].long()),
    ]
    hits = {
        "kind": (kinds[covered].argmax(-1) == target[..., 0][covered]).float().mean(),
        "colour": (colours[covered].argmax(-1) == target[..., 1][covered]).float().mean(),
        "size": (sizes[covered].argmax(-1) == target[..., 2][covered]).float().mean(),
        "box_error": (where[covered] - boxes[covered].float()).abs().mean(),
    }
    return torch.stack(losses).sum(), hits


def to_pixels(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 [b, size, size, 3] → float32 [b, 3, size, size], centred."""
    return (torch.tensor(pixels).float() / 255 - MEAN).div(STD).permute(0, 3, 1, 2).contiguous()


def train(folder: Path, shape: Shape, scenes: int, batch: int, peak: float) -> None:
    """Train on `scenes` pictures; leaves `vision.safetensors`: tower and heads."""
    torch.manual_seed(0)
    eyes = Eyes(shape)
    lesson = Dense("vision", EYES, scenes, batch, peak, seed=1, mirrored=True)
    learn(folder, shape, eyes, lesson, lambda: save_file(eyes.state_dict(), folder / EYES))


@dataclass(frozen=True)
class Dense:
    """How a stage goes that the layout teaches. `mirrored`: every other batch is.

    `leaves`: the file that it is for. Where that lies without the state of a run, it was carried
    there from elsewhere, and is kept.
    """

    name: str
    leaves: str
    scenes: int
    batch: int
    peak: float
    seed: int
    mirrored: bool = False


def learn(folder: Path, shape: Shape, net: nn.Module, how: Dense, keep: Callable[[], None]) -> None:
    """Train what of `net` learns, pixels → as `Eyes`; `keep` it, then measure what it learned."""
    state = folder / f"{how.name}-state.safetensors"
    if (folder / how.leaves).exists() and not state.exists():
        sys.stdout.write(f"{folder / how.leaves} is here already, and no {state.name}: kept.\n")
        return
    torch.set_flush_denormal(True)
    drawn = Drawn(folder, shape.image)
    labels, boxes = targets(folder, len(drawn), shape.grid)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net.to(device)
    weights = {name: w for name, w in net.named_parameters() if w.requires_grad}
    optimiser = AdamW(weights.values(), lr=how.peak, weight_decay=DECAY, betas=BETAS)
    settings = f"{shape} batch {how.batch} rate {how.peak} of {len(drawn)}"
    course = Course(folder, how.name, weights, [optimiser], how.scenes, of=settings)
    for numbers in course.order(len(drawn) - HELD_OUT, how.batch, how.seed):
        index = np.array(numbers) % (len(drawn) - HELD_OUT) + HELD_OUT
        seen = drawn[index], labels[index], boxes[index]
        if how.mirrored and np.random.default_rng(numbers[0]).random() < 0.5:
            seen = seen[0][:, :, ::-1].copy(), *mirrored(seen[1], seen[2], shape.grid)
        pixels, told, where = (part.to(device) for part in _tensors(*seen))
        loss, hits = loss_and_hits(net(pixels), told, where)
        course.step(loss, len(index), **hits)
    keep()
    course.journal.say("held out", seen=course.seen, **evaluate(net, drawn, labels, boxes))


def _tensors(
    pixels: NDArray[np.uint8], labels: Labels, boxes: Boxes
) -> tuple[Tensor, Tensor, Tensor]:
    return to_pixels(pixels), torch.from_numpy(labels), torch.from_numpy(boxes)


@torch.no_grad()
def evaluate(net: nn.Module, drawn: Drawn, labels: Labels, boxes: Boxes) -> dict[str, float]:
    """Accuracies on the scenes that no step has seen."""
    device = next(net.parameters()).device
    sums: dict[str, float] = {}
    for index in np.array_split(np.arange(HELD_OUT), max(HELD_OUT // 250, 1)):
        pixels, told, where = _tensors(drawn[index], labels[index], boxes[index])
        _, hits = loss_and_hits(net(pixels.to(device)), told.to(device), where.to(device))
        for name, value in hits.items():
            sums[name] = sums.get(name, 0.0) + value.item() * len(index) / HELD_OUT
    return {name: round(value, 4) for name, value in sums.items()}


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="mini")
    parser.add_argument("--scenes", type=int, default=600_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    train(options.folder, shape, options.scenes, options.batch, options.lr)


if __name__ == "__main__":
    main()
