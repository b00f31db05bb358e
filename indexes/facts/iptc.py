"""What IPTC-IIM 4.2 says of a picture: date, caption, keywords.

Refuses to know who reads the picture, and what other blocks Photoshop keeps beside the records.
"""

from collections import defaultdict

from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import IPTC_NAA_CHUNK, TiffImageFile

from vladva.indexes.facts import told
from vladva.indexes.facts.told import Told

_Records = dict[tuple[int, int], list[bytes]]
_CHARSET, _KEYWORD, _DATE, _TIME, _CAPTION = (1, 90), (2, 25), (2, 55), (2, 60), (2, 120)
_UTF8 = b"\x1b%G"
_MARK, _HEAD = 0x1C, 5
_RESOURCE = 0x0404
_EXTENDED = 0x8000  # lengths of 32 KiB and more, which no word has


def read(image: ImageFile) -> Told:
    """The facts in the records of an open JPEG or TIFF. Without a charset the bytes decide."""
    records = _records(_block(image))
    utf8 = _UTF8 in records[_CHARSET]

    def texts(key: tuple[int, int]) -> list[str]:
        return [v.decode("utf-8", "replace") if utf8 else told.eight_bit(v) for v in records[key]]

    date, time = "".join(texts(_DATE)[:1]), "".join(texts(_TIME)[:1])
    return Told(
        taken_at=_moment(date.strip(), time.strip()),
        caption=told.caption(*texts(_CAPTION)),
        keywords=told.keywords(texts(_KEYWORD)),
    )


def _block(image: ImageFile) -> bytes:
    """The records as they lie in the file."""
    block: bytes
    if isinstance(image, TiffImageFile):  # some call the bytes numbers, and Pillow keeps but one
        block = image.tag_v2._tagdata.get(IPTC_NAA_CHUNK, b"")  # noqa: SLF001 - as `getiptcinfo`
    else:
        block = (image.info.get("photoshop") or {}).get(_RESOURCE, b"")
    return block


def _records(block: bytes) -> _Records:
    """(Record, dataset) → its values, as far as the block is whole."""
    found: _Records = defaultdict(list)
    at = 0
    while at + _HEAD <= len(block) and block[at] == _MARK:
        size = int.from_bytes(block[at + 3 : at + _HEAD])
        if size & _EXTENDED:
            break
        found[block[at + 1], block[at + 2]].append(block[at + _HEAD : at + _HEAD + size])
        at += _HEAD + size
    return found


def _moment(date: str, time: str) -> str | None:
    """CCYYMMDD and HHMMSS±HHMM, the time with or without its zone."""
    zone = f"{time[6:9]}:{time[9:11]}" if len(time) == 11 else ""
    clock = f" {time[:2]}:{time[2:4]}:{time[4:6]}" if len(time) >= 6 else ""
    return told.moment(f"{date[:4]}-{date[4:6]}-{date[6:8]}{clock}", zone)
