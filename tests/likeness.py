"""How much two pictures differ, whatever their sizes."""

from typing import Any

import numpy as np
from PIL import Image


def samples(image: Image.Image, side: int = 64) -> Any:
    return np.asarray(image.resize((side, side)), dtype=np.float64)


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(samples(one) - samples(other)).mean())
