"""What a picture file says about itself: size, date, camera, place, caption.

Reads headers only, never pixels, and never fails: what cannot be read is None. Refuses to know
where the facts are kept.
"""

import io
import math
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from vladva.images import FORMATS
from vladva.indexes.paths import openable

_CAPTION_LIMIT = 4000
_DATE = re.compile(r"(\d{4})[:\-](\d\d)[:\-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"[+\-]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Facts beside the pixels; `width` and `height` are the upright picture's."""

    width: int = 0
    height: int = 0
    taken_at: str | None = None
    """ISO 8601, the camera's local time; with an offset where the camera wrote one."""
    camera: str | None = None
    lat: float | None = None
    lon: float | None = None
    caption: str | None = None
    caption_source: str | None = None


def read(data: bytes, path: str, size: tuple[int, int]) -> Metadata:
    """The facts of one picture; `size` is that of its decoded pixels.

    `data` is the file's content (its header is parsed again, its pixels are not), `path` leads to
    the sidecar. The size of the header wins over the decoded one, which may be a reduced one.
    """
    caption = sidecar_caption(path)
    source = "sidecar" if caption else None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            exif = picture.getexif()
            size = _upright_size(picture.size, size)
            return Metadata(*size, _taken_at(exif), _camera(exif), *_place(exif), caption, source)
    except Exception:  # noqa: BLE001 - hostile headers raise anything, and none is worth a photo
        return Metadata(*size, caption=caption, caption_source=source)


def sidecar_caption(path: str) -> str | None:
    """The text beside a picture: `photo.txt` or `photo.jpg.txt`; None where there is none."""
    photo = Path(openable(path))
    for sidecar in (photo.with_suffix(".txt"), photo.with_name(photo.name + ".txt")):
        try:
            with sidecar.open("rb") as file:
                text = file.read(4 * _CAPTION_LIMIT).decode("utf-8", "replace")
        except OSError:
            continue
        text = text.lstrip("\ufeff").strip()[:_CAPTION_LIMIT]
        if text:
            return text
    return None


def _upright_size(header: tuple[int, int], decoded: tuple[int, int]) -> tuple[int, int]:
    """The size of the whole picture, turned as the decoded one is, which may be a reduced one."""
    short, long = sorted(header)
    return (short, long) if decoded[0] < decoded[1] else (long, short)


def _taken_at(exif: Image.Exif) -> str | None:
    """EXIF 2.32: DateTimeOriginal with OffsetTimeOriginal, else the file's DateTime."""
    ifd = exif.get_ifd(ExifTags.IFD.Exif)
    original = ifd.get(ExifTags.Base.DateTimeOriginal)
    match = _DATE.match(_text(original or exif.get(ExifTags.Base.DateTime)))
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        taken = datetime(year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001
    except ValueError:  # cameras without a clock write zeros
        return None
    offset = _text(ifd.get(ExifTags.Base.OffsetTimeOriginal)) if original else ""
    return taken + offset if _OFFSET.fullmatch(offset) else taken


def _camera(exif: Image.Exif) -> str | None:
    make, model = _text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))
    if model.lower().startswith(make.lower()):
        make = ""
    return f"{make} {model}".strip() or None


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    """GPS latitude and longitude in degrees, both or none; exactly 0, 0 is a receiver's no fix."""
    ifd = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps = ExifTags.GPS
    lat = _degrees(ifd.get(gps.GPSLatitude), ifd.get(gps.GPSLatitudeRef), 90)
    lon = _degrees(ifd.get(gps.GPSLongitude), ifd.get(gps.GPSLongitudeRef), 180)
    return (None, None) if lat is None or lon is None or (lat, lon) == (0, 0) else (lat, lon)


def _degrees(parts: Any, reference: Any, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or abs(value) > limit:
        return None
    return round(-value if _text(reference).upper() in {"S", "W"} else value, 7)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode().split("\0")[0].strip()
