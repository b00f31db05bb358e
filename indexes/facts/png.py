"""The chunks of a PNG that hold words, wherever in the file they are.

Pillow finds what lies behind the pixels only by decoding them. Refuses to know what the words
mean, and to unpack more of them than a photo needs.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from vladva.indexes.facts.told import eight_bit

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST = 4 << 20  # bytes of one text


class Words(NamedTuple):
    """What a PNG says beside its pixels."""

    texts: dict[str, str]
    exif: bytes


def read(data: bytes) -> Words:
    """The texts by keyword, and the EXIF, of a PNG's content; damaged chunks are passed over."""
    texts: dict[str, str] = {}
    exif = b""
    for kind, body in _chunks(data):
        keyword, _, rest = body.partition(b"\0")
        try:
            if kind == b"eXIf":
                exif = body
            elif kind == b"tEXt":
                texts[keyword.decode("latin-1")] = eight_bit(rest)
            elif kind == b"zTXt":
                texts[keyword.decode("latin-1")] = eight_bit(_unpacked(rest[1:]))
            elif kind == b"iTXt":
                texts[keyword.decode("latin-1")] = _international(rest)
        except (zlib.error, ValueError):
            continue
    return Words(texts, exif)


def _international(rest: bytes) -> str:
    packed, (_, _, text) = rest[:1] == b"\1", rest[2:].split(b"\0", 2)
    return (_unpacked(text) if packed else text).decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _MOST)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        yield kind, b"" if kind == b"IDAT" else data[at + 8 : at + 8 + min(size, _MOST)]
        at += size + 12
