"""What each patch of a drawn scene shows: the dense targets that teach the vision tower to see.

Each patch is told what covers it: kind, colour, size, and where in the picture that thing's box
lies; row 0 is told ground and time. Ours. Refuses to know models.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vladva.toyland.scene import BACKGROUNDS, COLOURS, KINDS, SIZES, Scene
from vladva.trainer.lab.worlds import scene_of

NOTHING = len(KINDS)
"""The kind of a patch that no thing covers."""
COVER = 0.9
"""A patch belongs to a thing when its centre lies in the middle 90 % of the box."""
LABELS = 3
"""kind, colour, size of a patch; background, time, 0 in row 0."""

Labels = NDArray[np.int8]
"""[scenes, 1 + patches, LABELS]"""
Boxes = NDArray[np.float16]
"""[scenes, patches, 4]: centre x, centre y, width, height in picture sides; 0 under nothing."""


def label(scene: Scene, grid: int) -> tuple[Labels, Boxes]:
    """Targets of one scene: [1 + grid², 3] and [grid², 4]; a nearer thing covers a farther one."""
    labels = np.zeros((1 + grid * grid, LABELS), np.int8)
    labels[0, :2] = BACKGROUNDS.index(scene.background), int(scene.time == "night")
    labels[1:, 0] = NOTHING
    boxes = np.zeros((grid * grid, 4), np.float16)
    centres = (np.arange(grid) + 0.5) / grid
    px, py = np.tile(centres, grid), np.repeat(centres, grid)
    sizes = list(SIZES)
    for thing in scene.things:
        x, y, w, h = thing.box
        cx, cy = x + w / 2, y + h / 2
        half_w, half_h = max(w * COVER, 1 / grid) / 2, max(h * COVER, 1 / grid) / 2
        covered = (abs(px - cx) <= half_w) & (abs(py - cy) <= half_h)
        named = KINDS.index(thing.kind), COLOURS.index(thing.colour), sizes.index(thing.size)
        labels[1:][covered] = named
        boxes[covered] = (cx, cy, w, h)
    return labels, boxes


def mirrored(labels: Labels, boxes: Boxes, grid: int) -> tuple[Labels, Boxes]:
    """The targets of the pictures seen in a mirror: what is said of them would be false then."""
    patches = labels[:, 1:].reshape(-1, grid, grid, LABELS)[:, :, ::-1]
    turned = boxes.reshape(-1, grid, grid, 4)[:, :, ::-1].reshape(-1, grid * grid, 4).copy()
    covered = turned[..., 2] > 0
    turned[..., 0] = np.where(covered, 1 - turned[..., 0], 0)
    flat = patches.reshape(-1, grid * grid, LABELS)
    return np.concatenate([labels[:, :1], flat], 1), turned


def targets(folder: Path, count: int, grid: int) -> tuple[Labels, Boxes]:
    """Targets of the first `count` training scenes; kept in the folder once they were made."""
    kept = folder / f"layout-{grid}-{count}.npz"
    if not kept.exists():
        made = [label(scene_of(index), grid) for index in range(count)]
        beside = kept.with_suffix(".unfinished.npz")
        labels, boxes = (np.stack(part) for part in zip(*made, strict=True))
        np.savez(beside, labels=labels, boxes=boxes)
        beside.replace(kept)
    with np.load(kept) as arrays:
        return arrays["labels"], arrays["boxes"]
