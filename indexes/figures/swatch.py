"""An encoder without weights, for runs that measure everything but the model.

Imports nothing heavy: decode children load it. Refuses to know what is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vladva.protocols import Prepare, Prepared, Vectors


@dataclass(frozen=True)
class SwatchPrepare:
    """Picture → 4 x 4 colours."""

    version: str = "swatch-1"

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → float32 [48]."""
        small = image.resize((4, 4), Image.Resampling.BOX)
        return {"swatch": np.asarray(small, np.float32).ravel() / 255}


class Swatch:
    """An encoder without weights, each vector from its own picture alone."""

    name, dim, on_cpu, fingerprint = "swatch", 16, True, "swatch/16/swatch-1"
    prepare: Prepare = SwatchPrepare()

    def __init__(self) -> None:
        self._mix = np.random.default_rng(0).normal(size=(48, self.dim))

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """See `Encoder`."""
        return np.array([self._one(p["swatch"]) for p in pictures], np.float32).reshape(-1, 16)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        return self.encode([{"swatch": np.full(48, len(text), np.float32)} for text in texts])

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """See `Encoder`."""
        return self.encode([picture for picture, _ in queries])

    def _one(self, swatch: Any) -> Any:
        flat = (swatch.astype(np.float64) - 0.5) @ self._mix
        return flat / np.linalg.norm(flat)
