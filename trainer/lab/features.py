"""What the frozen eyes of a base see in the drawn pictures: each is looked at once, and kept.

float16, after the projector; the file is one base's own, and of another base it is made anew.
Resumes. Ours. Refuses to know what the pictures show and what learns from them.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from vladva.encoders.lvlm import LvlmEncoder
from vladva.model import Features
from vladva.trainer.feature_file import FeatureFile

AT_ONCE = 250


class Pixels(Protocol):
    """Drawn pictures by number."""

    def __getitem__(self, numbers: NDArray[np.int64], /) -> NDArray[np.uint8]:
        """int64 [n] → uint8 [n, size, size, 3]."""
        ...


class Seen:
    """Features of drawn pictures by number, on the model's device."""

    def __init__(self, file: FeatureFile, device: torch.device) -> None:
        self._file, self._device = file, device

    def take(self, numbers: Sequence[int]) -> Features:
        """The features of these pictures, in order. Raises `DataError` on one never looked at."""
        return self._file.read(self._file.places(numbers).tolist(), self._device)


def look(encoder: LvlmEncoder, pixels: Pixels, count: int, folder: Path) -> Seen:
    """Look at the first `count` pictures, but for those that `folder` has features of."""
    folder.mkdir(parents=True, exist_ok=True)
    key = f"{encoder.base['fingerprint']} {encoder.prepare.version}"
    file = FeatureFile(folder, key)
    missing = [number for number in range(count) if number not in file]
    for start in range(0, len(missing), AT_ONCE):
        numbers = missing[start : start + AT_ONCE]
        pictures = [Image.fromarray(picture) for picture in pixels[np.array(numbers)]]
        with torch.no_grad():
            seen = encoder.model.look([encoder.prepare(picture) for picture in pictures])
        deep = tuple(layer.half() for layer in seen.deep)
        file.append(numbers, replace(seen, tokens=seen.tokens.half(), deep=deep), key)
    return Seen(FeatureFile(folder, key), encoder.model.device)
