"""A file or its bytes → an upright RGB picture of bounded size, or an `ImageError` that says why.

The format is told by its first bytes, out of a list of allowed ones. Whatever a hostile file makes
a decoder raise becomes an `ImageError`; what makes a decoder crash or hang is for a child process
to survive. Refuses to know models and sizes that they want.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from vladva.errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
_SUFFIXES = "jpg jpeg jpe jfif mpo png apng webp avif heic heif hif tif tiff gif bmp"
IMAGE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())
"""Lower-case endings of file names that are worth opening."""
MAX_PIXELS = 100_000_000
"""Pixels that one picture may decode to: 300 MB as RGB."""
MAX_SHRINK = 8
"""A JPEG can be decoded at an eighth of its sides."""
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_quiet_lock = threading.Lock()


def open_image(
    source: str | Path | bytes, *, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Image.Image:
    """Path or file content → upright RGB picture with at most `max_pixels` pixels.

    `draft`: the shorter side that is enough; a JPEG may then be decoded at 1/2, 1/4 or 1/8 of its
    sides, never below `draft`, which is several times faster. Animations give their first frame,
    transparent pixels turn white, 16-bit and float samples are scaled to 8 bits.

    Raises `ImageError` with the cause and the remedy, whatever is wrong with the file.
    """
    try:
        with _quiet(max_pixels), _opened(source) as image:
            _check_size(image, max_pixels, draft)
            image.load()
            return _rgb(_upright(image))
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError("the file is gone", "index the folder again") from error
    except PermissionError as error:
        raise ImageError("the file cannot be read", "check the permissions of the file") from error
    except UnidentifiedImageError as error:
        raise ImageError("not a picture of a known format", _known()) from error
    except Image.DecompressionBombError as error:
        raise _too_large(max_pixels) from error
    except MemoryError as error:
        raise ImageError("decoding needs more memory than there is", "make it smaller") from error
    except Exception as error:  # hostile files make decoders raise nearly anything
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ImageError(
            f"damaged or unsupported: {reason[0][:200]}", "open it elsewhere and save it again"
        ) from error


def _opened(source: str | Path | bytes) -> Image.Image:
    _register_heif()
    file = io.BytesIO(source) if isinstance(source, bytes) else Path(source)
    return Image.open(file, formats=FORMATS)


@lru_cache(maxsize=1)
def _register_heif() -> None:
    from pi_heif import register_heif_opener

    register_heif_opener()


@contextmanager
def _quiet(max_pixels: int) -> Iterator[None]:
    """No warning leaves, and Pillow's own limit lets through what a draft can make small enough.

    Both are settings of the whole process, hence the lock.
    """
    with _quiet_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = max_pixels * MAX_SHRINK**2
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _check_size(image: Image.Image, max_pixels: int, draft: int | None) -> None:
    if draft is not None:
        image.draft(None, (draft, draft))
    if image.width * image.height > max_pixels:
        raise _too_large(max_pixels)


def _too_large(max_pixels: int) -> ImageError:
    return ImageError(
        f"more than {max_pixels:,} pixels", "make it smaller, or raise the limit (max_pixels)"
    )


def _known() -> str:
    return f"known formats: {', '.join(FORMATS)}"


def _upright(image: Image.Image) -> Image.Image:
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - broken metadata is no reason to lose the picture
        turn = None
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    elif image.mode in ("RGBa", "La"):
        image = image.convert(image.mode.replace("a", "A"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float samples → 8 bits. What fits 16 bits keeps its place in them."""
    samples = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
    low, high = float(samples.min()), float(samples.max())
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        low, high = 0.0, 255.0 if image.mode == "I" and high <= 255 else 65535.0
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled = (samples - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(np.clip(scaled.round(), 0, 255).astype(np.uint8))
