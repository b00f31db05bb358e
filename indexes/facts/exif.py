"""What EXIF says of a picture: date, camera, lens, place, rating, caption, keywords.

Refuses to know files: it is handed the tags. May raise anything where those are nonsense.
"""

from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from vladva.indexes.facts import told
from vladva.indexes.facts.told import Told

_Base, _Gps = ExifTags.Base, ExifTags.GPS
_RATING = 0x4746  # Windows
_Tags = Mapping[int, Any]
_CHARSET = 8  # bytes that name the encoding of a user comment


def read(exif: Image.Exif) -> Told:
    """The facts in the EXIF of a picture, as Pillow gives it."""
    return read_tags(exif, *further(exif), exif.endian or "<")


def further(exif: Image.Exif) -> tuple[_Tags, _Tags]:
    """The directories of the camera's settings and of the place; a broken one is empty."""
    found: list[_Tags] = []
    for which in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
        try:
            found.append(exif.get_ifd(which))
        except Exception:  # noqa: BLE001 - the other directories may be whole
            found.append({})
    return found[0], found[1]


def read_tags(base: _Tags, detail: _Tags, gps: _Tags, endian: str) -> Told:
    """The facts in the three directories of EXIF 2.32; `endian` is "<" or ">"."""
    make = _text(base.get(_Base.Make))
    described = _text(base.get(_Base.ImageDescription))
    if make.lower() in ("huawei", "honor") and " " not in described:
        described = ""  # the name of a camera mode
    comment = _comment(detail.get(_Base.UserComment), endian)
    return Told(
        taken_at=_taken_at(base, detail),
        camera=told.camera(make, _text(base.get(_Base.Model))),
        lens=told.clean(_text(detail.get(_Base.LensModel)), 100).strip("- ") or None,
        place=_place(gps),
        rating=told.rating(base.get(_RATING)),
        caption=told.caption(described, comment, _wide(base.get(_Base.XPComment))),
        keywords=told.keywords(_wide(base.get(_Base.XPKeywords)).split(";")),
    )


def _taken_at(base: _Tags, detail: _Tags) -> str | None:
    """When it was taken, else digitised, else last changed; the first that is a date."""
    for date, offset in (
        (detail.get(_Base.DateTimeOriginal), detail.get(_Base.OffsetTimeOriginal)),
        (detail.get(_Base.DateTimeDigitized), detail.get(_Base.OffsetTimeDigitized)),
        (base.get(_Base.DateTime), detail.get(_Base.OffsetTime)),
    ):
        found = told.moment(_text(date), _text(offset))
        if found:
            return found
    return None


def _place(gps: _Tags) -> tuple[float, float] | None:
    lat = _degrees(gps.get(_Gps.GPSLatitude), gps.get(_Gps.GPSLatitudeRef))
    lon = _degrees(gps.get(_Gps.GPSLongitude), gps.get(_Gps.GPSLongitudeRef))
    return told.place(lat, lon)


def _degrees(parts: Any, reference: Any) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if _text(reference).upper() in {"S", "W"} else value


def _text(value: Any) -> str:
    """ASCII by the standard, UTF-8 or worse in the wild."""
    if isinstance(value, str):
        try:
            value = value.encode("latin-1")  # as Pillow decoded it
        except UnicodeEncodeError:
            return told.clean(value)
    return told.clean(told.eight_bit(value)) if isinstance(value, bytes) else ""


def _wide(value: Any) -> str:
    """What Windows writes: UTF-16."""
    if isinstance(value, tuple):
        value = bytes(part & 0xFF for part in value if isinstance(part, int))
    return told.clean(value.decode("utf-16-le", "replace")) if isinstance(value, bytes) else ""


def _comment(value: Any, endian: str) -> str:
    if not isinstance(value, bytes):
        return _text(value)
    charset, text = value[:_CHARSET].rstrip(b"\0 ").upper(), value[_CHARSET:]
    if charset == b"UNICODE":
        return told.clean(_utf16(text, endian))
    if charset == b"JIS":
        return told.clean(text.decode("iso2022_jp", "replace"))
    if charset in (b"ASCII", b""):
        return told.clean(told.eight_bit(text.lstrip(b"\0")))
    return told.clean(told.eight_bit(value))  # written without its charset


def _utf16(text: bytes, endian: str) -> str:
    """In the file's byte order, as the standard has it, unless the text itself says otherwise."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", "replace")
    low, high = text[1::2].count(0), text[0::2].count(0)  # Latin letters have a zero beside them
    little = low > high if low != high else endian == "<"
    return text.decode("utf-16-le" if little else "utf-16-be", "replace")
