"""Between the eyes and the voice of mini: the projector learns to carry what the eyes see.

    python -m vladva.trainer.lab.align runs/mini --scenes 100000

LLaVA, too, trains its projector alone first (Liu et al., 2023, stage 1), on captions; here the
known layout teaches it, by heads that are thrown away. While it learned along with the voice, which
has no use for places at first, relations stayed at chance. Ours. Goes on where it was stopped.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vladva.toyland.scene import BACKGROUNDS
from vladva.trainer.lab import base
from vladva.trainer.lab.backbone import backbone_of
from vladva.trainer.lab.shape import SHAPES, Shape
from vladva.trainer.lab.vision import WIDTHS, Dense, learn


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
    lvlm, _ = base.new_base(folder, shape)
    lesson = Dense("align", base.PROJECTOR, scenes, batch, peak, seed=3)
    carried = Carried(lvlm, shape)
    learn(folder, shape, carried, lesson, lambda: base.save_projector(lvlm, shape, folder))


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
