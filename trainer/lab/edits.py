"""What the first scenes become when an instruction is followed: drawn ahead, beside the scenes.

    python -m vladva.trainer.lab.edits runs/mini --count 40000

Each scene has one edit, which its number names. Resumes by parts. Ours. Refuses to know what learns
from the pictures.
"""

import argparse
import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vladva.toyland.draw import draw
from vladva.toyland.edits import Edit, edits
from vladva.toyland.scene import rng
from vladva.trainer.lab.scenes import parts
from vladva.trainer.lab.shape import MINI, SHAPES
from vladva.trainer.lab.worlds import SEED, WORLDS, World, scene_of, suffix

PART = 2000
"""Targets a file."""


def edit_of(index: int, world: World = "plain") -> Edit | None:
    """The edit of a training scene, always the same one; None where the scene offers none."""
    found = edits(scene_of(index, world), rng("train", SEED, index, "lab edit"), 1)
    return found[0] if found else None


class Targets:
    """Pixels of all targets that are drawn, memory-mapped; index them with scene numbers."""

    def __init__(self, folder: Path, size: int = MINI.image, world: World = "plain") -> None:
        self._parts = parts(folder, f"{size}px{suffix(world)}-edits")

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __getitem__(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """int64 [n] → uint8 [n, size, size, 3]; black where a scene has no edit."""
        return np.stack([self._parts[number // PART][number % PART] for number in numbers])


@dataclass(frozen=True)
class Part:
    """Targets of `count` scenes from part x PART on."""

    folder: Path
    part: int
    count: int
    size: int = MINI.image
    world: World = "plain"


def draw_part(task: Part) -> int:
    """Draw these targets, unless they are there already; gives the part."""
    part, count, size, world = task.part, task.count, task.size, task.world
    path = task.folder / "scenes" / f"{size}px{suffix(world)}-edits-{part:05d}.npy"
    if not path.exists():
        pixels = np.zeros((count, size, size, 3), np.uint8)
        for i in range(count):
            edit = edit_of(part * PART + i, world)
            if edit:
                pixels[i] = np.asarray(draw(edit.target, size))
        unfinished = path.with_suffix(".tmp.npy")
        np.save(unfinished, pixels)
        unfinished.rename(path)
    return part


def main() -> None:
    """Draw the targets of the first `--count` scenes with `--workers` processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="mini")
    parser.add_argument("--world", choices=WORLDS, default="plain")
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args()
    (options.folder / "scenes").mkdir(parents=True, exist_ok=True)
    size = SHAPES[options.shape].image
    made = range(-(-options.count // PART))
    tasks = [Part(options.folder, part, PART, size, options.world) for part in made]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for _ in pool.imap_unordered(draw_part, tasks):
            pass


if __name__ == "__main__":
    main()
