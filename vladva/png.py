"""A PNG whose extras are damaged → the same picture without them, as libpng reads it.

A checksum that is wrong in a chunk that no decoder needs (words, a time, a profile) is no reason
to lose the picture; in a chunk that holds the picture it is. Refuses to know what chunks mean.
"""

import zlib
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LARGEST = 256 << 20  # bytes of a file that is worth copying
_EXTRA = 0x20  # in the first letter of a chunk's kind: PNG specification, 5.4


def without_broken_extras(file: BinaryIO) -> bytes | None:
    """The content less the ancillary chunks whose checksum is wrong.

    None where there are none, where it is no PNG, and where it is larger than 256 MiB.
    """
    file.seek(0)
    if file.read(len(SIGNATURE)) != SIGNATURE:
        return None
    data = SIGNATURE + file.read(_LARGEST)
    if len(data) > _LARGEST:
        return None
    view, kept, at, start = memoryview(data), bytearray(), len(SIGNATURE), 0
    while (end := at + 12 + int.from_bytes(view[at : at + 4])) <= len(view):
        if view[at + 4] & _EXTRA and not _is_sound(view[at + 4 : end]):
            kept += view[start:at]
            start = end
        at = end
    return bytes(kept + view[start:]) if start else None


def _is_sound(chunk: memoryview) -> bool:
    """Of a chunk from its kind to its checksum: whether they agree."""
    return zlib.crc32(chunk[:-4]) == int.from_bytes(chunk[-4:])
