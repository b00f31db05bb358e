"""What the first scenes become when an instruction is followed: drawn ahead, beside the scenes.

    python -m vladva.trainer.lab.edits runs/mini --count 40000

Each scene has one edit, which its number names. Resumes by parts. Ours. Refuses to know what learns
from the pictures.
"""

import argparse
import multiprocessing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vladva.toyland.draw import draw
from vladva.toyland.edits import Edit, edits
from vladva.toyland.invent import invent
from vladva.toyland.scene import rng
from vladva.trainer.lab.scenes import SEED, parts
from vladva.trainer.lab.shape import MINI, SHAPES

PART = 2000
"""Targets a file."""


def edit_of(index: int) -> Edit | None:
    """The edit of a training scene, always the same one; None where the scene offers none."""
    found = edits(invent("train", SEED, index), rng("train", SEED, index, "lab edit"), 1)
    return found[0] if found else None


class Targets:
    """Pixels of all targets that are drawn, memory-mapped; index them with scene numbers."""

    def __init__(self, folder: Path, size: int = MINI.image) -> None:
        self._parts = parts(folder, f"{size}px-edits")

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __getitem__(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """int64 [n] → uint8 [n, size, size, 3]; black where a scene has no edit."""
        return np.stack([self._parts[number // PART][number % PART] for number in numbers])


def draw_part(task: tuple[Path, int, int, int]) -> int:
    """Draw `count` targets from part x PART on, unless they are there already; gives the part."""
    folder, part, count, size = task
    path = folder / "scenes" / f"{size}px-edits-{part:05d}.npy"
    if not path.exists():
        pixels = np.zeros((count, size, size, 3), np.uint8)
        for i in range(count):
            edit = edit_of(part * PART + i)
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
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args()
    (options.folder / "scenes").mkdir(parents=True, exist_ok=True)
    size = SHAPES[options.shape].image
    tasks = [(options.folder, part, PART, size) for part in range(-(-options.count // PART))]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for _ in pool.imap_unordered(draw_part, tasks):
            pass


if __name__ == "__main__":
    main()
