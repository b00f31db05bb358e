"""A file or its bytes → an upright RGB picture of bounded size, or an `ImageError` that says why.

The format is told by its first bytes, out of a list of allowed ones. Whatever a hostile file makes
a decoder raise becomes an `ImageError`; what makes a decoder crash or hang is for a child process
to survive. Refuses to know models and sizes that they want.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile, PngImagePlugin, UnidentifiedImageError

from vladva import png, raw
from vladva.colour import to_srgb
from vladva.errors import ImageError

PIXELS_VERSION = "pixels-2"
"""Names how a file becomes pixels: upright, in sRGB, on white, a JPEG at reduced size where that
is enough, a raw file by its preview. Part of every encoder's fingerprint."""
_LIBRARIES = ("pillow", "pi-heif", "rawpy")
_TAKES = "takes-2"
"""Changes when more files can be read, and those that could be look as they did."""
DECODER_VERSION = ", ".join(
    [PIXELS_VERSION, _TAKES, *(f"{name} {version(name)}" for name in _LIBRARIES)]
)
"""Names whatever decodes: a file that failed may be tried again when this changes."""
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
"""What Pillow is allowed to open."""
_RAW = "3fr arw cr2 cr3 crw dng erf iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw"
RAW_SUFFIXES = frozenset(f".{name}" for name in _RAW.split()) | {".x3f"}
"""Lower-case endings of cameras' raw files."""
_SUFFIXES = "jpg jpeg jpe jfif mpo png apng webp avif heic heif hif tif tiff gif bmp"
IMAGE_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split())
"""Lower-case endings of the other pictures that are worth opening."""
MAX_PIXELS = 100_000_000
"""Pixels that one picture may decode to: 400 MB, as Pillow holds RGB."""
MAX_SHRINK = 8
"""A JPEG can be decoded at an eighth of its sides."""
LARGEST_JPEG = 250_000_000
"""Pixels of a JPEG that is made smaller where it has too many: phones write 200 million."""
_MOVING = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
"""Formats whose further frames make an animation, rather than pages, depths and previews."""
_TEXT_BYTES = 8 << 20  # a workflow or a profile in a PNG, unpacked
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
_SAVE_AGAIN = "open it elsewhere and save it again"
_quiet_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and what its file was."""

    image: Image.Image
    """Upright RGB, possibly smaller than the whole."""
    width: int
    height: int
    """Of the whole upright picture."""
    format: str
    """jpeg, png, webp, avif, heif, tiff, gif, bmp or raw."""
    animated: bool
    """Whether the file goes on after the frame that is shown."""


def open_image(
    source: str | Path | bytes, *, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Image.Image:
    """Path or file content → upright RGB picture with at most `max_pixels` pixels.

    `draft`: the shorter side that is enough; a JPEG may then be decoded at 1/2, 1/4 or 1/8 of its
    sides, never below `draft`, which is several times faster. Without a draft, one that has more
    than `max_pixels` and at most `LARGEST_JPEG` comes at the first of these that fits.
    Animations give their first frame, documents their first page, raw files the preview that the
    camera made; transparent pixels turn white, colours are those of sRGB, 16-bit and float samples
    are scaled to 8 bits.

    Raises `ImageError` with the cause and the remedy, whatever is wrong with the file.
    """
    return open_picture(source, max_pixels=max_pixels, draft=draft).image


def open_picture(
    source: str | Path | bytes, *, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Picture:
    """As `open_image`, with what the file says of its format and its whole size."""
    try:
        with _quiet(max_pixels), _stream(source) as file:
            return _from_raw(file, max_pixels, draft) or _from_pillow(file, max_pixels, draft)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError("the file is gone", "index the folder again") from error
    except PermissionError as error:
        raise ImageError("the file cannot be read", "check the permissions of the file") from error
    except Image.DecompressionBombError as error:
        raise _too_large(max_pixels) from error
    except MemoryError as error:
        raise ImageError("decoding needs more memory than there is", "make it smaller") from error
    except Exception as error:  # hostile files make decoders raise nearly anything
        raise ImageError(f"damaged or unsupported: {_reason(error)}", _SAVE_AGAIN) from error


@contextmanager
def opened(content: bytes) -> Iterator[ImageFile.ImageFile]:
    """A file's header as Pillow sees it, whatever the size of the picture. Raises anything."""
    _register_heif()
    with _quiet(MAX_PIXELS), _identified(io.BytesIO(content)) as image:
        yield image


def _stream(source: str | Path | bytes) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    path = Path(source)
    if path.exists() and not path.is_file():  # a pipe or a device has no end, or no beginning
        raise ImageError("not a file", "name a picture")
    return path.open("rb")


def _from_pillow(file: BinaryIO, max_pixels: int, draft: int | None) -> Picture:
    _register_heif()
    with _identified(file) as image:
        kind = "JPEG" if image.format == "MPO" else image.format or ""
        animated = kind in _MOVING and bool(getattr(image, "is_animated", False))
        short, long = sorted(image.size)  # before the draft
        decoded = _decoded(image, max_pixels, draft)
    whole = (short, long) if decoded.height > decoded.width else (long, short)
    return Picture(decoded, *whole, kind.lower(), animated)


def _identified(file: BinaryIO) -> ImageFile.ImageFile:
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        mended = png.without_broken_extras(file)
        if mended is not None:
            return _identified(io.BytesIO(mended))
        file.seek(0)
        head = file.read(16)
        begins = [name for name in FORMATS if Image.OPEN[name][1](head) is True]  # type: ignore[misc]
        if begins:
            raise ImageError(f"a damaged {begins[0]} file", _SAVE_AGAIN) from error
        raise ImageError("not a picture of a known format", _known()) from error


def _reason(error: Exception) -> str:
    """The first line of what a decoder says; LibRaw's words come as bytes."""
    words = error.args[0] if error.args else ""
    text = words.decode("latin-1") if isinstance(words, bytes) else str(error)
    first = (text.strip().splitlines() or [type(error).__name__])[0][:200]
    return "".join(letter if letter.isprintable() else "?" for letter in first)


def _from_raw(file: BinaryIO, max_pixels: int, draft: int | None) -> Picture | None:
    """None where the file is no camera's raw file, or a TIFF that only looks like one."""
    if not raw.is_raw(file):
        return None
    shot = raw.open_raw(file)
    if shot is None:
        file.seek(0)
        return None
    with closing(shot):
        image = _preview(shot, max_pixels, draft) or shot.developed(max_pixels)
        return Picture(image, *shot.size, "raw", animated=False)


def _preview(shot: raw.Shot, max_pixels: int, draft: int | None) -> Image.Image | None:
    """None where there is none, or a damaged one: the sensor's samples may be whole."""
    try:
        image = shot.preview()
        if image is None:
            return None
        return _decoded(image, max_pixels, draft, shot.orientation(image))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - decoders raise anything
        return None


def _decoded(
    image: Image.Image, max_pixels: int, draft: int | None, orientation: int | None = None
) -> Image.Image:
    """An open picture → upright RGB; `orientation` goes before what the picture itself says."""
    if draft is not None:
        image.draft(None, (draft, draft))
    elif max_pixels < image.width * image.height <= LARGEST_JPEG:
        _shrink(image, max_pixels)
    if image.width * image.height > max_pixels:
        raise _too_large(max_pixels)
    image.load()
    turn = _UPRIGHT.get(orientation or _orientation(image))  # a TIFF has turned itself by now
    profile = image.info.get("icc_profile")
    return to_srgb(image if turn is None else image.transpose(turn), profile)


def _shrink(image: Image.Image, max_pixels: int) -> None:
    """Have a JPEG decoded small enough, where that is possible; other formats stay as they are."""
    for scale in (2, 4, MAX_SHRINK):
        width, height = (-(-side // scale) for side in image.size)  # a draft rounds up
        if width * height <= max_pixels:
            image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
            return


@lru_cache(maxsize=1)
def _register_heif() -> None:
    from pi_heif import register_heif_opener

    register_heif_opener()


@contextmanager
def _quiet(max_pixels: int) -> Iterator[None]:
    """No warning leaves, and Pillow's own limits let through what is none too large for us.

    That is what a draft can make small enough, and a PNG's words. These are settings of the whole
    process, hence the lock.
    """
    with _quiet_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK
        Image.MAX_IMAGE_PIXELS = max_pixels * MAX_SHRINK**2
        PngImagePlugin.MAX_TEXT_CHUNK = _TEXT_BYTES
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK = before


def _too_large(max_pixels: int) -> ImageError:
    return ImageError(
        f"more than {max_pixels:,} pixels", "make it smaller, or raise the limit (max_pixels)"
    )


def _known() -> str:
    return f"known formats: {', '.join(FORMATS)}, and raw files of cameras that LibRaw knows"


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - broken metadata is no reason to lose the picture
        return 1
