"""The crop of torchvision, which OpenCLIP's models were trained with, without torchvision.

Its margin is rounded where that of `transformers` is cut: an odd remainder moves the crop by one
pixel. Refuses to know weights and tensors: what is here is pickled into decode children.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, Crop, pixels_of
from vladva.errors import ModelError

RESAMPLING = {"bilinear": 2, "bicubic": 3}
"""OpenCLIP's name → PIL's number."""


@dataclass(frozen=True)
class RoundedCrop(Crop):
    """As `Crop`, with the margins of `torchvision.transforms.CenterCrop`."""

    @staticmethod
    def margin(left_over: int) -> int:
        """Pixels beyond the crop → those before it; a half goes to the even number."""
        return round(left_over / 2)


def rounded_crop(config: Mapping[str, Any], side: int | tuple[int, int]) -> RoundedCrop:
    """The `preprocess_cfg` of an OpenCLIP config → `prepare`.

    `side`: pixels of the square that the model sees, or (height, width). Raises `ModelError` for
    modes that pad, and for resamplings that are not known.
    """
    mode, name = config.get("resize_mode", "shortest"), config.get("interpolation", "bicubic")
    height, width = (side, side) if isinstance(side, int) else side
    if mode not in ("shortest", "squash") or (mode == "shortest" and height != width):
        raise ModelError(f"its pictures are resized by {mode!r}, which is not supported")
    if name not in RESAMPLING:
        raise ModelError(f"its pictures are resampled by {name!r}, which is not supported")
    given = {"image_mean": config.get("mean"), "image_std": config.get("std")}
    pixels = pixels_of(given, resample=RESAMPLING[name], mean=CLIP_MEAN, std=CLIP_STD)
    if mode == "squash":
        return RoundedCrop(pixels, (height, width), None)
    return RoundedCrop(pixels, height, (height, width))
