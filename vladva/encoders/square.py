"""SmolVLM's picture: one square, after a step that keeps the aspect.

As `vladva.encoders.prepare`: plain PIL and numpy, equal to the processor of `transformers`,
pickled into decode children. Refuses to know weights, tensors and where the numbers come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from vladva.encoders.prepare import HALF, LONGEST, Pixels, Versioned, middle, pixels_of, shape_of
from vladva.errors import ModelError
from vladva.protocols import Prepared

SIDE = 512
"""The square of the published SmolVLM models."""
LANCZOS = 1


@dataclass(frozen=True)
class Square(Versioned):
    """SmolVLM with `size={"longest_edge": side}`: longer side to `side`, then a square of it.

    → `pixel_values` [3, side, side].
    """

    pixels: Pixels
    side: int

    @property
    def draft(self) -> int:
        """The shorter side that a decoder need not exceed."""
        return self.side * 3 // 2

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → arrays without a batch axis."""
        image = middle(image, LONGEST)
        image = self.pixels.resize(image, *self._fitted(image.height, image.width))
        return {"pixel_values": self.pixels.floats(self.pixels.resize(image, self.side, self.side))}

    def _fitted(self, height: int, width: int) -> tuple[int, int]:
        """Longer side to `side`; the shorter one even, as the reference has it."""
        aspect = width / height
        if width >= height:
            short = int(self.side / aspect)
            return max(short + short % 2, 1), self.side
        short = int(self.side * aspect)
        return self.side, max(short + short % 2, 1)


def square_of(config: Mapping[str, Any]) -> Square:
    """A SmolVLM (or Idefics3) preprocessor config → `Square`. Raises `ModelError`.

    Pictures are never split into tiles (ours): the published default shows up to 17 squares, 1088
    tokens; one square has 64, and is the published way to save.
    """
    said = config.get("max_image_size") or {"longest_edge": SIDE}
    side = said.get("longest_edge") if isinstance(said, Mapping) else shape_of(said)
    if not isinstance(side, int):
        raise ModelError(f"its preprocessor config has a size that is not understood: {said!r}")
    return Square(pixels_of(config, resample=LANCZOS, mean=HALF, std=HALF), side)
