"""Stage 0 of mini: draw the training scenes ahead, as uint8 pixels in one memory-mapped file.

    python -m vladva.trainer.lab.scenes runs/mini --count 120000

The scenes themselves are not stored: their numbers name them (`worlds`). Resumes by parts. Refuses
to know what learns from the pictures.
"""

import argparse
import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vladva.errors import DataError
from vladva.toyland.draw import draw
from vladva.trainer.lab.shape import IMAGE_SIZE
from vladva.trainer.lab.worlds import WORLDS, World, scene_of, suffix

PART = 5000
"""Scenes a file."""


class Drawn:
    """All drawn parts as one array of pixels, memory-mapped; index it with scene numbers."""

    def __init__(self, folder: Path, size: int = IMAGE_SIZE, world: World = "plain") -> None:
        self._parts = parts(folder, f"{size}px{suffix(world)}")

    def __len__(self) -> int:
        return PART * len(self._parts)

    def __getitem__(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """int64 [n] → uint8 [n, size, size, 3]."""
        return np.stack([self._parts[number // PART][number % PART] for number in numbers])


def parts(folder: Path, name: str) -> list[NDArray[np.uint8]]:
    """The drawn parts `<name>-00000.npy` and on, memory-mapped.

    Raises `DataError` where one is missing: all behind it would show other scenes than their own.
    """
    paths = sorted((folder / "scenes").glob(f"{name}-?????.npy"))
    for part, path in enumerate(paths):
        if path.name != f"{name}-{part:05d}.npy":
            raise DataError(
                f"part {part} of {name} is not drawn in {folder / 'scenes'}, but later ones are",
                "draw again: what is there is kept",
            )
    return [np.load(path, mmap_mode="r") for path in paths]


@dataclass(frozen=True)
class Part:
    """The scenes part × PART and following of a world, as pixels in a lab's folder."""

    folder: Path
    part: int
    size: int = IMAGE_SIZE
    world: World = "plain"

    @property
    def path(self) -> Path:
        """Where they lie: uint8 [PART, size, size, 3]."""
        name = f"{self.size}px{suffix(self.world)}-{self.part:05d}.npy"
        return self.folder / "scenes" / name


def draw_part(task: Part) -> int:
    """Draw one part unless it is there already; gives its number."""
    part, size, path = task.part, task.size, task.path
    if not path.exists():
        pixels = np.empty((PART, size, size, 3), np.uint8)
        for i in range(PART):
            pixels[i] = np.asarray(draw(scene_of(part * PART + i, task.world), size))
        unfinished = path.with_suffix(".tmp.npy")
        np.save(unfinished, pixels)
        unfinished.rename(path)
    return part


def main() -> None:
    """Draw `--count` scenes with `--workers` processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=120_000)
    parser.add_argument("--size", type=int, default=IMAGE_SIZE)
    parser.add_argument("--world", choices=WORLDS, default="plain")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args()
    (options.folder / "scenes").mkdir(parents=True, exist_ok=True)
    made = range(options.count // PART)
    tasks = [Part(options.folder, part, options.size, options.world) for part in made]
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for _ in pool.imap_unordered(draw_part, tasks):
            pass


if __name__ == "__main__":
    main()
