"""Between the eyes and the voice of mini: the projector learns to carry what the eyes see.

    python -m vladva.trainer.lab.align runs/mini --scenes 100000

LLaVA, too, trains its projector alone first (Liu et al., 2023, stage 1), on captions; here the
known layout teaches it, by heads that are thrown away. A fresh projector loses half of where a
thing lies, and one that learned along with a voice lost more: relations then stayed at chance.
Ours. Goes on where it was stopped.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from vladva.toyland.scene import BACKGROUNDS
from vladva.trainer.lab import base
from vladva.trainer.lab.backbone import backbone_of
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.layout import targets
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import SHAPES, Shape
from vladva.trainer.lab.vision import BETAS, DECAY, HELD_OUT, WIDTHS, loss_and_hits, to_pixels


class Carried(nn.Module):
    """The tokens of a picture as the language model is shown them, with heads that read them.

    They are read behind a norm without weights, as the language model's own layers read.
    """

    def __init__(self, lvlm: Any, shape: Shape) -> None:
        super().__init__()
        self.backbone = backbone_of(shape)
        self.lvlm = lvlm.requires_grad_(requires_grad=False)
        self.backbone.projector(lvlm).requires_grad_(requires_grad=True)
        width = shape.language.width
        self.norm = nn.RMSNorm(width, elementwise_affine=False)
        self.patch = nn.Linear(width, sum(WIDTHS))
        self.scene = nn.Linear(width, len(BACKGROUNDS) + 2)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """As `vision.Eyes`; the whole scene is read in the mean of its tokens."""
        tokens = self.norm(self.backbone.tokens(self.lvlm, pixels))
        return self.patch(tokens), self.scene(tokens.mean(1))


def train(folder: Path, shape: Shape, scenes: int, batch: int, peak: float) -> None:
    """Train on `scenes` pictures; leaves `projector.safetensors`."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    drawn = Drawn(folder, shape.image)
    labels, boxes = targets(folder, len(drawn), shape.grid)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    lvlm, _ = base.new_base(folder, shape)
    carried = Carried(lvlm, shape).to(device)
    weights = {name: w for name, w in carried.named_parameters() if w.requires_grad}
    optimiser = AdamW(weights.values(), lr=peak, weight_decay=DECAY, betas=BETAS)
    course = Course(folder, "align", weights, [optimiser], scenes, of=f"{shape} of {len(drawn)}")
    for numbers in course.order(len(drawn) - HELD_OUT, batch, seed=3):
        index = np.array(numbers) % (len(drawn) - HELD_OUT) + HELD_OUT
        told, where = torch.from_numpy(labels[index]), torch.from_numpy(boxes[index])
        outputs = carried(to_pixels(drawn[index]).to(device))
        loss, hits = loss_and_hits(outputs, told.to(device), where.to(device))
        course.step(loss, len(index), **hits)
    base.save_projector(lvlm, shape, folder)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="mini")
    parser.add_argument("--scenes", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=2e-3)
    options = parser.parse_args()
    train(options.folder, SHAPES[options.shape], options.scenes, options.batch, options.lr)


if __name__ == "__main__":
    main()
