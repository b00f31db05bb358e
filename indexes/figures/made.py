"""Photos that are made, for measurements on as many as it takes.

Refuses to know what is measured.
"""

from pathlib import Path

import numpy as np
from PIL import Image

_PER_FOLDER = 500
_COARSE = 24
"""Pixels of a photo's longer side before it is blown up: what gives it its shapes."""
_GRAIN = 6.0


def make_photos(folder: Path, count: int, size: tuple[int, int]) -> None:
    """JPEGs like no other, `size` (width, height): soft shapes and some grain, as cameras see."""
    rng = np.random.default_rng(0)
    width, height = size
    coarse = (max(2, _COARSE * height // max(size)), max(2, _COARSE * width // max(size)), 3)
    grain = [rng.normal(0, _GRAIN, (height, width, 1)).astype(np.float32) for _ in range(4)]
    for number in range(count):
        place = folder / f"{number // _PER_FOLDER:03}"
        place.mkdir(parents=True, exist_ok=True)
        shapes = Image.fromarray(rng.integers(0, 256, coarse, dtype=np.uint8))
        soft = np.asarray(shapes.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
        pixels = np.clip(soft + grain[number % len(grain)], 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number:06}.jpg", quality=88)
