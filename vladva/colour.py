"""Decoded samples of any kind → 8-bit sRGB, which models were trained on and screens show.

Refuses to know files and formats.
"""

import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_MODES = ("RGB", "L", "CMYK")
"""What a profile may describe."""
_LARGEST = 8 << 20
"""Bytes of a profile beyond which it is not believed."""
_AT_ONCE = 1 << 20
"""Samples that are worked on in one go."""
_VISIBLE = 2
"""Steps of 255 up to which a profile counts as sRGB itself."""


def to_srgb(image: Image.Image, profile: object = None) -> Image.Image:
    """Any mode → RGB, transparent pixels white. `profile`: the bytes of their ICC profile.

    A profile that is broken, no bytes, or of another kind of samples, changes nothing.
    """
    given = image
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    elif image.mode in ("RGBa", "La"):
        image = image.convert(image.mode.replace("a", "A"))
    if image.has_transparency_data:
        image = _on_white(image)
    if image.mode not in _MODES:
        image = image.convert("RGB")
    change = _change(profile, image.mode) if isinstance(profile, bytes) else None
    if change is None:  # an open file holds more than its samples: those are copied
        return image.convert("RGB") if image is given or image.mode != "RGB" else image
    return ImageCms.applyTransform(image, change) or image


def _on_white(image: Image.Image) -> Image.Image:
    """In strips: whole, it would take three more pictures of memory."""
    result = Image.new("RGB", image.size)
    rows = max(1, _AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(image.height, top + rows))
        strip = image.crop(box).convert("RGBA")
        white = Image.new("RGBA", strip.size, "white")
        result.paste(Image.alpha_composite(white, strip).convert("RGB"), box)
    return result


@lru_cache(maxsize=8)
def _change(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB; None where there is none, or where it changes nothing."""
    if len(profile) > _LARGEST:
        return None
    try:
        change = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOCACHE,
        )
        probe = _probe(mode)
        changed = np.asarray(ImageCms.applyTransform(probe, change), dtype=np.int16)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a hostile profile is no reason to lose the picture
        return None
    return change if np.abs(changed - np.asarray(probe.convert("RGB"))).max() > _VISIBLE else None


def _probe(mode: str) -> Image.Image:
    """A picture that holds samples from all over a mode's range."""
    steps = np.linspace(0, 255, 6).astype(np.uint8)
    cube = np.stack(np.meshgrid(*[steps] * len(Image.new(mode, (1, 1)).getbands())), -1)
    size = (steps.size, cube.size // steps.size // cube.shape[-1])
    return Image.frombytes(mode, size, cube.tobytes())


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float samples → 8 bits. What fits 16 bits keeps its place in them."""
    samples = np.asarray(image)
    flat = samples.reshape(-1)
    parts = [slice(at, at + _AT_ONCE) for at in range(0, flat.size, _AT_ONCE)]
    low = min(float(_finite(flat[part]).min()) for part in parts)
    high = max(float(_finite(flat[part]).max()) for part in parts)
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        low, high = 0.0, 255.0 if image.mode == "I" and high <= 255 else 65535.0
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    result = np.empty(flat.size, np.uint8)
    for part in parts:
        scaled = (_finite(flat[part]) - low) * (255.0 / max(high - low, 1e-12))
        result[part] = np.clip(scaled.round(), 0, 255)
    return Image.fromarray(result.reshape(samples.shape))


def _finite(samples: NDArray[Any]) -> NDArray[np.float64]:
    return np.nan_to_num(samples.astype(np.float64), posinf=0.0, neginf=0.0)
