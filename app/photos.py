"""Thumbnails and originals by opaque id: what may leave the disk, and as what.

A picture leaves only if the library has a row for it, its real path lies inside a registered
root, and its first bytes are those of a picture. Refuses to know any path that a browser says.
"""

import io
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from PIL import Image

from vladva.app.session import Session
from vladva.images import open_image

MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
)
"""First bytes that every browser shows as they are; anything else is decoded here."""
SHOWN_SIDE = 2048
"""Longer side, in pixels, of a picture that a browser could not show itself."""
_ID = re.compile(r"[0-9a-f]{24}")
_PLAIN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
MAX_PLAIN = 64 * 1024 * 1024
"""Bytes of an original that is sent as it is."""


@dataclass(frozen=True)
class Picture:
    """Bytes for a browser, and what changes when they do."""

    content: bytes
    media_type: str
    etag: str


def thumb(session: Session, photo_id: str) -> Picture | None:
    """The small picture of a photo, drawn again where it was lost, or None."""
    from vladva.indexes.redraw import redraw
    from vladva.indexes.thumbs import thumb_path

    real = real_path(session, photo_id)
    if real is None:
        return None
    place = thumb_path(session.library, photo_id)
    picture = _read(place)
    if picture is not None:
        return picture
    return _read(place) if redraw(session.library, photo_id, real) else None


def original(session: Session, photo_id: str) -> Picture | None:
    """The photo itself, upright for a browser, or None. Raises `ImageError`."""
    real = real_path(session, photo_id)
    picture = None if real is None else _read(real)
    if picture is None or picture.media_type:
        return picture
    return Picture(_as_jpeg(picture.content), "image/jpeg", picture.etag)


def real_path(session: Session, photo_id: str) -> Path | None:
    """Where a photo of the library really lies; None where it has none, or outside its folders."""
    photo = session.photo(photo_id) if _ID.fullmatch(photo_id) else None
    if photo is None:
        return None
    real = os.path.realpath(photo.path)
    roots = (os.path.realpath(root.path) for root in session.library.roots())
    return Path(real) if any(_inside(real, root) for root in roots) else None


def _inside(path: str, root: str) -> bool:
    try:
        return os.path.commonpath([path, root]) == root
    except ValueError:  # on another drive
        return False


def _read(path: Path) -> Picture | None:
    """The bytes of a regular file that is no link; no media type where a browser shows no such."""
    try:
        handle = os.open(path, _PLAIN)
    except (OSError, ValueError):
        return None
    facts = os.fstat(handle)
    if not S_ISREG(facts.st_mode) or facts.st_size > MAX_PLAIN:
        os.close(handle)  # `fdopen` would raise on a folder, and leave it open
        return None
    with os.fdopen(handle, "rb") as file:
        content = file.read()
    return Picture(content, media_type(content), f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"')


def media_type(content: bytes) -> str:
    """What a browser may be told that this is; empty for what it cannot show."""
    return next((kind for magic, at, kind in MAGIC if content[at : at + len(magic)] == magic), "")


@lru_cache(maxsize=8)
def drawn(number: int) -> bytes:
    """A picture of the drawn world, as a foretaste of the demo."""
    from vladva.toyland.draw import draw
    from vladva.toyland.invent import invent

    return _jpeg(draw(invent("demo", 1, number)))


def _as_jpeg(content: bytes) -> bytes:
    image = open_image(content, draft=SHOWN_SIDE)
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()
