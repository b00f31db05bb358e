"""LLaVA-NeXT's tiles, Qwen-VL's patches and SigLIP2's NaFlex patches of an RGB picture.

As `vladva.encoders.prepare`: plain PIL and numpy, equal to the processors of `transformers`,
pickled into decode children. Refuses to know weights, tensors and configs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from PIL import Image

from vladva.encoders.prepare import LONGEST, Pixels, Versioned, middle
from vladva.protocols import Prepared


@dataclass(frozen=True)
class Tiles(Versioned):
    """LLaVA-NeXT: the whole picture small, then its tiles at the best of some sizes.

    → `pixel_values` [1 + tiles, 3, side, side], `image_sizes` [2] (height, width).
    """

    pixels: Pixels
    side: int
    grids: tuple[tuple[int, int], ...]

    @property
    def draft(self) -> int:
        """The shorter side that a decoder need not exceed."""
        return max(max(grid) for grid in self.grids)

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → arrays without a batch axis."""
        image = middle(image, LONGEST)
        height, width = best_grid(image.height, image.width, self.grids)
        tall, wide = self._fit(image, height, width)
        canvas = Image.new("RGB", (width, height))
        canvas.paste(
            self.pixels.resize(image, tall, wide), ((width - wide) // 2, (height - tall) // 2)
        )
        corners = product(range(0, height, self.side), range(0, width, self.side))
        tiles = [self.pixels.resize(image, self.side, self.side)]
        tiles += [
            canvas.crop((left, top, left + self.side, top + self.side)) for top, left in corners
        ]
        return {
            "pixel_values": np.stack([self.pixels.floats(tile) for tile in tiles]),
            "image_sizes": np.asarray([image.height, image.width], dtype=np.int64),
        }

    def _fit(self, image: Image.Image, height: int, width: int) -> tuple[int, int]:
        by_width, by_height = width / image.width, height / image.height
        if by_width < by_height:
            return min(math.ceil(image.height * by_width), height), width
        return height, min(math.ceil(image.width * by_height), width)


def best_grid(height: int, width: int, grids: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The (height, width) that shows most of the picture's pixels, then wastes least."""

    def rank(grid: tuple[int, int]) -> tuple[int, int]:
        scale = min(grid[1] / width, grid[0] / height)
        shown = min(int(width * scale) * int(height * scale), width * height)
        return shown, shown - grid[0] * grid[1]

    return max(grids, key=rank)


@dataclass(frozen=True)
class Patches(Versioned):
    """Qwen-VL: any aspect, bounded pixels, in patches that stand in the merger's order.

    → `pixel_values` [patches, 3 * temporal * patch * patch], `image_grid_thw` [3].
    """

    pixels: Pixels
    min_pixels: int
    max_pixels: int
    patch: int
    merge: int
    temporal: int

    @property
    def draft(self) -> int:
        """The shorter side that a decoder need not exceed."""
        return int(math.sqrt(self.max_pixels) * 1.5)

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → arrays without a batch axis."""
        image = middle(image, LONGEST)
        height, width = self._target(image.height, image.width)
        floats = self.pixels.floats(self.pixels.resize(image, height, width))
        rows, columns = height // self.patch, width // self.patch
        grid = (rows // self.merge, self.merge, columns // self.merge, self.merge)
        blocks = floats.reshape(3, *grid[:2], self.patch, *grid[2:], self.patch)
        blocks = blocks.transpose(1, 4, 2, 5, 0, 3, 6)  # [.., merge, merge, 3, patch, patch]
        frames = np.empty((*blocks.shape[:5], self.temporal, *blocks.shape[5:]), np.float32)
        frames[:] = blocks[..., None, :, :]  # a picture is a film that stands still
        return {
            "pixel_values": frames.reshape(rows * columns, -1),
            "image_grid_thw": np.asarray([1, rows, columns], dtype=np.int64),
        }

    def _target(self, height: int, width: int) -> tuple[int, int]:
        unit = self.patch * self.merge
        tall, wide = round(height / unit) * unit, round(width / unit) * unit
        if tall * wide > self.max_pixels:
            shrink = math.sqrt(height * width / self.max_pixels)
            tall = max(unit, math.floor(height / shrink / unit) * unit)
            wide = max(unit, math.floor(width / shrink / unit) * unit)
        elif tall * wide < self.min_pixels:
            grow = math.sqrt(self.min_pixels / (height * width))
            tall = math.ceil(height * grow / unit) * unit
            wide = math.ceil(width * grow / unit) * unit
        return tall, wide


@dataclass(frozen=True)
class Naflex(Versioned):
    """SigLIP2 NaFlex: true aspect in at most `most` patches, padded to that number.

    → `pixel_values` [most, patch * patch * 3], `pixel_attention_mask` [most], `spatial_shapes` [2].
    """

    pixels: Pixels
    patch: int
    most: int

    @property
    def draft(self) -> int:
        """The shorter side that a decoder need not exceed."""
        return int(math.sqrt(self.most) * self.patch * 1.5)

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → arrays without a batch axis."""
        image = middle(image, LONGEST)
        height, width = self._target(image.height, image.width)
        floats = self.pixels.floats(self.pixels.resize(image, height, width))
        rows, columns, patch = height // self.patch, width // self.patch, self.patch
        blocks = floats.reshape(3, rows, patch, columns, patch).transpose(1, 3, 2, 4, 0)
        values = np.zeros((self.most, patch * patch * 3), dtype=np.float32)
        values[: rows * columns] = blocks.reshape(rows * columns, -1)
        return {
            "pixel_values": values,
            "pixel_attention_mask": (np.arange(self.most) < rows * columns).astype(np.int32),
            "spatial_shapes": np.asarray([rows, columns], dtype=np.int64),
        }

    def _target(self, height: int, width: int) -> tuple[int, int]:
        low, high = 1e-6, 100.0  # the model's own search, step for step

        def size(scale: float) -> tuple[int, int]:
            tall, wide = (
                max(self.patch, math.ceil(side * scale / self.patch) * self.patch)
                for side in (height, width)
            )
            return tall, wide

        while high - low >= 1e-5:
            scale = (low + high) / 2
            tall, wide = size(scale)
            if (tall / self.patch) * (wide / self.patch) <= self.most:
                low = scale
            else:
                high = scale
        return size(low)
