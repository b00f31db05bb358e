"""RGB picture → the arrays that a model family wants, from the numbers of its processor's config.

Plain PIL and numpy, equal to the PIL image processors of `transformers` (tested), whose import
costs a decode child 300 MiB and 4 seconds. Refuses to know weights and tensors: what is here is
pickled into decode children.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vladva.errors import ModelError
from vladva.images import PIXELS_VERSION
from vladva.protocols import Prepare, Prepared

Floats = NDArray[np.float32]
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
HALF = (0.5, 0.5, 0.5)
LONGEST = 16.0
"""Longer side over shorter beyond which only the middle of a picture is read (ours)."""


@dataclass(frozen=True)
class Pixels:
    """8-bit samples → floats: rescaled, then normalised by channel, in that order and precision."""

    resample: int
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @cached_property
    def _table(self) -> Floats:
        """What each sample becomes, [3, 256]: a look-up gives the very bits of the arithmetic."""
        samples = (np.arange(256, dtype=np.float64) * self.scale).astype(np.float32)
        mean, std = (np.asarray(v, dtype=np.float32)[:, None] for v in (self.mean, self.std))
        return ((samples[None] - mean) / std).astype(np.float32)

    def resize(self, image: Image.Image, height: int, width: int) -> Image.Image:
        """The picture at that size."""
        return image.resize((width, height), resample=Image.Resampling(self.resample))

    def floats(self, image: Image.Image) -> Floats:
        """RGB picture → float32 [3, height, width]."""
        bands = zip(self._table, image.split(), strict=True)
        return np.stack([np.take(row, np.asarray(band), mode="clip") for row, band in bands])


def preprocessing(prepare: Prepare) -> str:
    """Names how a file becomes a model's input: its decoding, at which size, then `prepare`."""
    draft = getattr(prepare, "draft", None)
    return f"{PIXELS_VERSION} draft={draft} {prepare.version}"


class Versioned:
    """`version` spells every number that can change a pixel."""

    @property
    def version(self) -> str:
        """Class and fields, e.g. `pil-1 Crop(pixels=…, …)`."""
        numbers = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))  # type: ignore[arg-type]
        return f"pil-1 {type(self).__name__}({numbers})"


@dataclass(frozen=True)
class Crop(Versioned):
    """CLIP, SigLIP, LLaVA-1.5: resize, crop the middle → `pixel_values` [3, height, width].

    `resize`: (height, width), or the shorter side alone; `crop`: (height, width) or None.
    """

    pixels: Pixels
    resize: int | tuple[int, int]
    crop: tuple[int, int] | None

    @property
    def draft(self) -> int:
        """The shorter side that a decoder need not exceed."""
        side = self.resize if isinstance(self.resize, int) else max(self.resize)
        return side * 3 // 2

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → arrays without a batch axis."""
        image = middle(image, LONGEST)
        image = self.pixels.resize(image, *self._target(image))
        if self.crop is not None:
            height, width = self.crop
            top, left = self.margin(image.height - height), self.margin(image.width - width)
            image = image.crop((left, top, left + width, top + height))
        return {"pixel_values": self.pixels.floats(image)}

    @staticmethod
    def margin(left_over: int) -> int:
        """Pixels beyond the crop → those before it."""
        return left_over // 2

    def _target(self, image: Image.Image) -> tuple[int, int]:
        if not isinstance(self.resize, int):
            return self.resize
        short, long = sorted(image.size)
        longer = int(self.resize * long / short)
        return (self.resize, longer) if image.height == short else (longer, self.resize)


def middle(image: Image.Image, longest: float) -> Image.Image:
    """The picture, or the middle of one that is more than `longest` times as long as short."""
    width, height = image.size
    wide, tall = min(width, int(height * longest)), min(height, int(width * longest))
    left, top = (width - wide) // 2, (height - tall) // 2
    return image if (wide, tall) == image.size else image.crop((left, top, left + wide, top + tall))


def pixels_of(config: Mapping[str, Any], **defaults: Any) -> Pixels:
    """The numbers of a preprocessor config that concern single pixels. Raises `ModelError`."""
    for step in ("do_resize", "do_rescale", "do_normalize"):
        if config.get(step, True) is not True:
            raise ModelError(f"its preprocessor config has {step} off, which is not supported")
    return Pixels(
        resample=int(_given(config, "resample", defaults["resample"])),
        scale=float(_given(config, "rescale_factor", 1 / 255)),
        mean=tuple(_given(config, "image_mean", defaults["mean"])),
        std=tuple(_given(config, "image_std", defaults["std"])),
    )


def crop_of(config: Mapping[str, Any], size: Any, crop: Any, **defaults: Any) -> Crop:
    """A preprocessor config → `Crop`; `size` and `crop` are the family's own defaults."""
    resize = shape_of(_given(config, "size", size))
    box = (
        _given(config, "crop_size", crop) if _given(config, "do_center_crop", bool(crop)) else None
    )
    cut = None if box is None else shape_of(box)
    cut = (cut, cut) if isinstance(cut, int) else cut
    within = (resize, resize) if isinstance(resize, int) else resize
    if cut is not None and (cut[0] > within[0] or cut[1] > within[1]):
        raise ModelError("its preprocessor config crops more than it resizes to")
    if config.get("do_pad"):
        raise ModelError("its preprocessor config pads pictures, which is not supported")
    return Crop(pixels_of(config, **defaults), resize, cut)


def shape_of(size: Any) -> int | tuple[int, int]:
    """`224`, `{"shortest_edge": 224}` or `{"height": …, "width": …}` → side or (height, width)."""
    if isinstance(size, Mapping) and "height" in size:
        return int(size["height"]), int(size["width"])
    if isinstance(size, Mapping) and set(size) == {"shortest_edge"}:
        return int(size["shortest_edge"])
    if isinstance(size, int):
        return size
    raise ModelError(f"its preprocessor config has a size that is not understood: {size!r}")


def _given(config: Mapping[str, Any], key: str, default: Any) -> Any:
    value = config.get(key)
    return default if value is None else value
