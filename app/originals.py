"""The very file of a photo, to be kept: for whoever drags a picture out of the page.

It leaves under the same conditions as a picture that is only shown (`photos`): a row of the
library, inside a registered root, a regular file that begins as pictures do. Refuses to know any
path that a browser says.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from stat import S_ISREG
from typing import BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from vladva.app.api_json import Json
from vladva.app.photos import MAGIC, real_path
from vladva.app.session import Session

CHUNK = 1 << 20
BEGINNINGS: tuple[tuple[bytes, int], ...] = (
    *((magic, at) for magic, at, _kind in MAGIC),
    (b"ftyp", 4),  # HEIC, AVIF, CR3
    *((magic, 0) for magic in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),  # TIFF, most raw files
    *((magic, 0) for magic in (b"IIRO", b"IIRS", b"MMOR", b"IIU\0")),  # ORF, RW2
    *((magic, 0) for magic in (b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM", b"BM")),  # RAF, X3F, MRW, BMP
    (b"HEAPCCDR", 6),  # CRW
)
"""First bytes of the files that an index takes, and where they stand."""
_PLAIN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_ODD = re.compile(r'[\x00-\x1f\x7f-\x9f:*?"<>|\\/]')


@dataclass(frozen=True)
class File:
    """An open file, its name for whoever keeps it, its size and when it was changed."""

    content: BinaryIO
    name: str
    size: int
    mtime_ns: int

    def chunks(self) -> Iterator[bytes]:
        """Its bytes; it is closed at their end."""
        with self.content:
            while chunk := self.content.read(CHUNK):
                yield chunk


def add_originals(router: APIRouter, session: Session) -> None:
    """`/original/{photo_id}`."""

    @router.get("/original/{photo_id}")
    def original(photo_id: str) -> Response:
        file = open_original(session, photo_id)
        if file is None:
            return Json({"message": "No such photo.", "hint": ""}, 404)
        headers = {
            "Content-Disposition": disposition(file.name),
            "Content-Length": str(file.size),
            "Cache-Control": "private, no-cache",
            "ETag": f'"{file.mtime_ns:x}-{file.size:x}"',
        }
        return StreamingResponse(
            file.chunks(), headers=headers, media_type="application/octet-stream"
        )


def open_original(session: Session, photo_id: str) -> File | None:
    """The file of a photo, open, or None where the library has none that may leave."""
    path = real_path(session, photo_id)
    if path is None:
        return None
    try:
        handle = os.open(path, _PLAIN)
    except (OSError, ValueError):
        return None
    facts = os.fstat(handle)
    if not S_ISREG(facts.st_mode):
        os.close(handle)  # `fdopen` would raise on a folder, and leave it open
        return None
    file = os.fdopen(handle, "rb")
    if not _is_picture(file.peek(32)):
        file.close()
        return None
    return File(file, safe_name(path.name), facts.st_size, facts.st_mtime_ns)


def safe_name(name: str) -> str:
    """A file name that every file system takes, and no program takes for more than a name."""
    valid = name.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"^\.+", "_", _ODD.sub("_", valid)) or "photo"


def disposition(name: str) -> str:
    """The header that has a browser keep the content under a name (RFC 6266)."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_picture(start: bytes) -> bool:
    return any(start[at : at + len(magic)] == magic for magic, at in BEGINNINGS)
