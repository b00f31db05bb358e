"""Stage 1 of mini: eyes. The vision tower learns the known layout, patch by patch.

    python -m vladva.trainer.lab.vision runs/mini --scenes 160000

Each patch says what covers it: kind, colour, size, and where that thing's box lies; the class
token says ground and time. The heads are thrown away. Ours: the LVLMs of the paper start from a
tower that CLIP trained on 400M pictures, which cannot be had here.
"""

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPVisionModel

from vladva.toyland.invent import invent
from vladva.toyland.scene import BACKGROUNDS, COLOURS, KINDS, SIZES, Scene
from vladva.trainer.journal import Journal
from vladva.trainer.lab import scenes as drawn_scenes
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import GRID, vision_config

NOTHING = len(KINDS)
MEAN, STD = 0.5, 0.5
COVER = 0.9
"""A patch belongs to a thing when its centre lies in the middle 90 % of the box."""
LABELS = 3
"""kind, colour, size of a patch; ground and time stand in row 0 of the scene's labels."""

Labels = NDArray[np.int16]
Boxes = NDArray[np.float32]


def label(scene: Scene) -> tuple[Labels, Boxes]:
    """Targets of one scene: int16 [1 + patches, 3] and float32 [patches, 4].

    Row 0 holds (background, time, 0); a patch under nothing has kind NOTHING. The box of a patch
    is (dx, dy of the thing's centre, width, height), in picture sides.
    """
    labels = np.zeros((1 + GRID * GRID, LABELS), np.int16)
    labels[0, :2] = BACKGROUNDS.index(scene.background), int(scene.time == "night")
    labels[1:, 0] = NOTHING
    boxes = np.zeros((GRID * GRID, 4), np.float32)
    centres = (np.arange(GRID) + 0.5) / GRID
    px, py = np.tile(centres, GRID), np.repeat(centres, GRID)
    sizes = list(SIZES)
    for thing in scene.things:
        x, y, w, h = thing.box
        cx, cy = x + w / 2, y + h / 2
        half_w, half_h = max(w * COVER, 1 / GRID) / 2, max(h * COVER, 1 / GRID) / 2
        covered = (abs(px - cx) <= half_w) & (abs(py - cy) <= half_h)
        labels[1:][covered] = (
            KINDS.index(thing.kind),
            COLOURS.index(thing.colour),
            sizes.index(thing.size),
        )
        boxes[covered] = np.stack([cx - px, cy - py, np.full_like(px, w), np.full_like(px, h)], 1)[
            covered
        ]
    return labels, boxes


class Eyes(nn.Module):
    """A CLIP vision tower with the heads of dense supervision."""

    def __init__(self) -> None:
        super().__init__()
        config = vision_config()
        config._attn_implementation = "sdpa"  # noqa: SLF001 - the config's only switch
        self.tower = CLIPVisionModel(config)
        width = config.hidden_size
        self.patch_norm = nn.LayerNorm(width)
        self.patch = nn.Linear(width, NOTHING + 1 + len(COLOURS) + len(SIZES) + 4)
        self.scene_norm = nn.LayerNorm(width)
        self.scene = nn.Linear(width, len(BACKGROUNDS) + 2)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """float32 [b, 3, size, size] → patch logits [b, patches, …], scene logits [b, …]."""
        states = self.tower(pixels).last_hidden_state  # [b, 1 + patches, width]
        return self.patch(self.patch_norm(states[:, 1:])), self.scene(self.scene_norm(states[:, 0]))


def loss_and_hits(
    outputs: tuple[Tensor, Tensor], labels: Tensor, boxes: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum of all cross-entropies and the box error; accuracies on covered patches."""
    patches, scene = outputs
    widths = [NOTHING + 1, len(COLOURS), len(SIZES), 4]
    kinds, colours, sizes, where = torch.split(patches, widths, -1)
    target = labels[:, 1:].long()  # [b, patches, 3]
    covered = target[..., 0] != NOTHING
    losses = [
        functional.cross_entropy(kinds.flatten(0, 1), target[..., 0].flatten()),
        functional.cross_entropy(kinds[covered], target[..., 0][covered]),
        functional.cross_entropy(colours[covered], target[..., 1][covered]),
        0.3 * functional.cross_entropy(sizes[covered], target[..., 2][covered]),
        4.0 * functional.smooth_l1_loss(where[covered], boxes[covered], beta=0.1),
        0.3 * functional.cross_entropy(scene[:, : len(BACKGROUNDS)], labels[:, 0, 0].long()),
        0.3 * functional.cross_entropy(scene[:, len(BACKGROUNDS) :], labels[:, 0, 1].long()),
    ]
    hits = {
        "kind": (kinds[covered].argmax(-1) == target[..., 0][covered]).float().mean(),
        "colour": (colours[covered].argmax(-1) == target[..., 1][covered]).float().mean(),
        "size": (sizes[covered].argmax(-1) == target[..., 2][covered]).float().mean(),
        "box_error": (where[covered] - boxes[covered]).abs().mean(),
    }
    return torch.stack(losses).sum(), hits


def to_pixels(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 [b, size, size, 3] → float32 [b, 3, size, size], centred."""
    return (torch.tensor(pixels).float() / 255 - MEAN).div(STD).permute(0, 3, 1, 2).contiguous()


def targets(count: int) -> tuple[Labels, Boxes]:
    """Labels and boxes of the first `count` training scenes, made anew: cheaper than reading."""
    made = [label(invent("train", drawn_scenes.SEED, i)) for i in range(count)]
    return np.stack([labels for labels, _ in made]), np.stack([boxes for _, boxes in made])


def batches(count: int, size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Endless shuffled batches of indices below `count`."""
    random = np.random.default_rng(seed)
    while True:
        order = random.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]


def rate_at(progress: float, peak: float, warm_up: float = 0.03) -> float:
    """Learning rate at a share 0..1 of the run: linear warm-up, then cosine to 2 %."""
    if progress < warm_up:
        return peak * progress / warm_up
    cosine = 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))
    return peak * (0.02 + 0.98 * cosine)


def train(folder: Path, scenes: int, batch: int, peak: float, held_out: int = 1000) -> None:
    """Train on `scenes` pictures; leaves `vision.safetensors`: tower and heads."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    journal = Journal(folder / "vision.jsonl")
    drawn = Drawn(folder)
    labels, boxes = targets(len(drawn))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    eyes = Eyes().to(device)
    journal.say("start", scenes=len(drawn), parameters=sum(p.numel() for p in eyes.parameters()))
    optimiser = torch.optim.AdamW(eyes.parameters(), lr=peak, weight_decay=0.02, betas=(0.9, 0.98))
    step, seen = 0, 0
    for chosen in batches(len(drawn) - held_out, batch, seed=1):
        if seen >= scenes:
            break
        for group in optimiser.param_groups:
            group["lr"] = rate_at(seen / scenes, peak)
        index = chosen + held_out
        outputs = eyes(to_pixels(drawn[index]).to(device))
        loss, hits = loss_and_hits(
            outputs,
            torch.from_numpy(labels[index]).to(device),
            torch.from_numpy(boxes[index]).to(device),
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(eyes.parameters(), 1.0)
        optimiser.step()
        step, seen = step + 1, seen + len(index)
        if step % 100 == 0:
            values = {name: round(value.item(), 4) for name, value in hits.items()}
            journal.say("step", step=step, seen=seen, loss=round(loss.item(), 3), **values)
        if step % 500 == 0:
            save_file(eyes.state_dict(), folder / "vision.safetensors")
    save_file(eyes.state_dict(), folder / "vision.safetensors")
    journal.say("held out", seen=seen, **evaluate(eyes, drawn, labels, boxes, held_out))


@torch.no_grad()
def evaluate(
    eyes: Eyes, drawn: Drawn, labels: Labels, boxes: Boxes, count: int
) -> dict[str, float]:
    """Accuracies on the first `count` scenes, which no step has seen."""
    device = next(eyes.parameters()).device
    sums: dict[str, float] = {}
    for start in range(0, count, 250):
        part = slice(start, start + 250)
        _, hits = loss_and_hits(
            eyes(to_pixels(drawn[np.arange(start, start + 250)]).to(device)),
            torch.from_numpy(labels[part]).to(device),
            torch.from_numpy(boxes[part]).to(device),
        )
        for name, value in hits.items():
            sums[name] = sums.get(name, 0.0) + value.item() * 250 / count
    return {name: round(value, 4) for name, value in sums.items()}


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenes", type=int, default=160_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    options = parser.parse_args()
    train(options.folder, options.scenes, options.batch, options.lr)


if __name__ == "__main__":
    main()
