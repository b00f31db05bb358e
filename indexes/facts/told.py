"""What one source says of a picture, and what makes a text, a date, a rating worth keeping.

Refuses to know the sources (`exif`, `iptc`, `xmp`, `png`) and which of them is believed.
"""

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

CAPTION_LIMIT = 4000
_KEYWORD_LIMIT, _KEYWORDS = 200, 500
_DATE = re.compile(
    r"(\d{4})[:\-](\d\d)[:\-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?(Z|[+\-]\d\d:\d\d)?)?"
)
_FIRST_YEAR = 1826  # Niépce's view from a window
_ZONE = re.compile(r"Z|[+\-](0\d|1[0-4]):[0-5]\d", re.ASCII)
_CONTROL = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
_CAMERAS_OWN = re.compile(
    r"(olympus|(konica )?minolta|kodak|samsung|sony|jenoptik|vivitar|medion)?\s*(digital\s+)?"
    r"(still\s+)?(camera|dsc|camera pictures)"
    r"|exif[ _]jpeg([ _]picture)?|default|untitled|image|picture|jpeg|null|none|maginon"
    r"|(img|dsc[nf]?|_mg|p|pict|sam|imag|pxl|gopr|dji|cimg|hpim|image)[ _-]?\d[\w-]*(\.\w{3,4})?"
    r"|<[^<>]*>|(created|processed|edited|made|written) with .*|file written by .*"
    r"|lead technologies .*|creator: gd-jpeg.*"
    r"|\{.*\}|\[.*\]|(\w+:\s*-?[\d.]+;\s*){2}.*",
    re.IGNORECASE | re.DOTALL,
)
"""Captions that a camera or a program writes into every picture."""


class Told(NamedTuple):
    """The words of one source; what it does not say is None or empty."""

    taken_at: str | None = None
    camera: str | None = None
    lens: str | None = None
    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    rating: int | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()


def clean(text: str, limit: int = CAPTION_LIMIT) -> str:
    """Text that any database takes: up to the first NUL, without control characters."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").partition("\0")[0]
    whole = whole.translate(_CONTROL).encode("utf-8", "replace").decode()
    return whole.lstrip("\ufeff").strip()[:limit]


def eight_bit(data: bytes) -> str:
    """Bytes of no declared encoding: UTF-8 where they are that, else Windows' Latin."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def caption(*texts: str) -> str | None:
    """The first of some texts that a person may have written."""
    for text in map(clean, texts):
        if any(letter.isalpha() for letter in text) and not _CAMERAS_OWN.fullmatch(text):
            return text
    return None


def keywords(words: Iterable[str]) -> tuple[str, ...]:
    """Words without line breaks, each once in whatever case, in their order."""
    found: dict[str, str] = {}
    for word in words:
        tidy = " ".join(clean(word, _KEYWORD_LIMIT).split())
        if tidy:
            found.setdefault(tidy.casefold(), tidy)
        if len(found) == _KEYWORDS:
            break
    return tuple(found.values())


def moment(text: str, offset: str = "") -> str | None:
    """A date as EXIF, IPTC or XMP write it → ISO 8601 to the second.

    Years alone are None, and so are days before there were photos; a zone that is none is left out.

    >>> moment("2023:05:06 07:08:09", "+02:00")
    '2023-05-06T07:08:09+02:00'
    """
    match = _DATE.match(text.strip())
    if match is None:
        return None
    zone = match[7] or offset.strip()
    try:
        taken = datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:  # cameras without a clock write zeros
        return None
    if taken.year < _FIRST_YEAR:
        return None
    return taken.isoformat() + (zone.replace("Z", "+00:00") if _ZONE.fullmatch(zone) else "")


def rating(value: object) -> int | None:
    """0 to 5 stars, -1 for rejected; anything else is no rating."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and -1 <= number <= 5 else None


def place(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    """Both or none; exactly 0, 0 is a receiver that had no fix."""
    if lat is None or lon is None or (lat, lon) == (0, 0):
        return None
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return round(lat, 7), round(lon, 7)


def camera(make: str, model: str) -> str | None:
    """Maker and model, the maker's name once, e.g. that of "NIKON CORPORATION" "NIKON Z 6"."""
    make, model = clean(make, 100), clean(model, 100)
    first = model.lower().split(" ")[0]
    if model.lower().startswith(make.lower()) or first in make.lower().split():
        make = ""
    return f"{make} {model}".strip() or None
