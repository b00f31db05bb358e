"""Where cameras' raw files keep their EXIF.

Most are TIFFs, some under another signature; Fujifilm's hold a JPEG, Canon's CR3 three TIFFs in
the boxes of a film. Refuses to know what the tags mean.
"""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

from PIL import Image

from vladva.indexes.facts.exif import further

_TIFFS = (b"II*\0", b"MM\0*", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
_FUJI = b"FUJIFILMCCD-RAW"
_CR3 = b"ftypcrx "
_HEAD = 1 << 20  # bytes in which a CR3 has its boxes


class Tags(NamedTuple):
    """The three directories of EXIF, and their byte order."""

    base: Mapping[int, Any]
    detail: Mapping[int, Any]
    gps: Mapping[int, Any]
    endian: str


def tags(data: bytes) -> Tags:
    """The EXIF of a raw file's content. Raises `ValueError` where no place for it is known."""
    if data[:4] in _TIFFS:
        plain = b"II*\0" if data[:1] == b"I" else b"MM\0*"
        return _of(_loaded(data if data[:4] == plain else plain + data[4:]))
    if data.startswith(_FUJI):
        start, size = (int.from_bytes(data[at : at + 4]) for at in (84, 88))
        with Image.open(io.BytesIO(data[start : start + size]), formats=("JPEG",)) as preview:
            return _of(preview.getexif())
    if data[4:12] == _CR3:
        base, detail, gps = (_loaded(_box(data, name)) for name in (b"CMT1", b"CMT2", b"CMT4"))
        return Tags(base, detail, gps, base.endian or "<")
    raise ValueError("no known place of EXIF")


def _of(exif: Image.Exif) -> Tags:
    return Tags(exif, *further(exif), exif.endian or "<")


def _loaded(tiff: bytes) -> Image.Exif:
    exif = Image.Exif()
    if tiff:
        exif.load(tiff)
    return exif


def _box(data: bytes, name: bytes) -> bytes:
    at = data.find(name, 0, _HEAD)
    size = int.from_bytes(data[at - 4 : at]) if at >= 4 else 0
    return data[at + 4 : at - 4 + size]
