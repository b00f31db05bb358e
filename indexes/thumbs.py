"""Thumbnails: small upright JPEGs in the library, one a photo, named by its id.

They are a cache: whatever is missing can be drawn again. Refuses to know the index.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from vladva.indexes.library import Library

LONGER_SIDE = 320
_QUALITY = 85


def thumb_path(library: "Library", photo_id: str) -> Path:
    """Where the thumbnail of a photo is, or would be; ids that are no hex lead nowhere."""
    name = photo_id if photo_id.isalnum() and photo_id.isascii() else "none"
    return library.folder / "thumbs" / name[:2] / f"{name}.jpg"


def write_thumb(image: Image.Image, path: str) -> None:
    """RGB picture → JPEG file, at most 320 pixels on its longer side; whole or not at all."""
    small = image.copy() if max(image.size) <= LONGER_SIDE else _reduced(image)
    small.info.clear()  # Pillow would carry a comment over, and fail where it is long
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.tmp")
    try:
        small.save(partial, "JPEG", quality=_QUALITY)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _reduced(image: Image.Image) -> Image.Image:
    scale = LONGER_SIDE / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def lift_thumb(library: "Library", photo_id: str) -> Path:
    """Take a thumbnail from its place → where it waits for `lay_thumb`.

    A photo that gets another id may get that of one which gets another id itself.
    """
    place = thumb_path(library, photo_id)
    lifted = place.with_suffix(".lifted")
    with suppress(FileNotFoundError):
        place.replace(lifted)
    return lifted


def lay_thumb(library: "Library", lifted: Path, photo_id: str) -> None:
    """Put a lifted thumbnail to where `photo_id` has its own; a missing one stays missing."""
    target = thumb_path(library, photo_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        lifted.replace(target)


def drop_thumb(library: "Library", photo_id: str) -> None:
    """Delete the thumbnail of a photo that is gone."""
    thumb_path(library, photo_id).unlink(missing_ok=True)
