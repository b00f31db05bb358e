"""A camera's raw file → the preview that the camera put into it, or else what LibRaw makes of it.

What is raw is told by the bytes: a few signatures, and TIFFs whose tags say that they hold a
sensor's samples. Refuses to know names of files and limits of pictures.
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from vladva.errors import ImageError

if TYPE_CHECKING:
    import rawpy

PREVIEW_SIDE = 512
"""Pixels of the shorter side from which on a preview will do."""
_SIGNATURES = (
    (0, b"FUJIFILMCCD-RAW"),  # RAF
    (0, b"IIRO"),  # ORF
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"IIU\0"),  # RW2, RWL
    (0, b"FOVb"),  # X3F
    (0, b"\0MRM"),  # MRW
    (4, b"ftypcrx "),  # CR3
    (6, b"HEAPCCDR"),  # CRW
    (8, b"CR\2"),  # CR2
)
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}
_SUBFILE, _PHOTOMETRIC, _MAKE, _SUB_IFDS, _DNG = 254, 262, 271, 330, 50706
_SENSOR = (32803, 34892)  # PhotometricInterpretation: colour filter array, linear raw
_MOST_IFDS, _MOST_TAGS = 16, 512
_ORIENTATION = 0x0112
_BY_FLIP = (1, 2, 4, 3, 5, 8, 6, 7)
"""LibRaw's flip → EXIF orientation."""


def is_raw(file: BinaryIO) -> bool:
    """Whether these are a camera's raw data. Leaves the file at its start."""
    file.seek(0)
    head = file.read(16)
    found = any(head[at : at + len(sign)] == sign for at, sign in _SIGNATURES)
    if not found and head[:4] in _TIFF:
        found = _is_raw_tiff(file, _TIFF[head[:4]])
    file.seek(0)
    return found


def _is_raw_tiff(file: BinaryIO, order: str) -> bool:
    """DNG 1.7, TIFF/EP: a DNGVersion, a sensor's samples, or a camera's preview put first."""
    for number, tags in enumerate(_directories(file, order)):
        if _DNG in tags or tags.get(_PHOTOMETRIC, (0,))[0] in _SENSOR:
            return True
        if not number and _MAKE in tags and tags.get(_SUBFILE, (0,))[0] & 1:
            return True
    return False


def _directories(file: BinaryIO, order: str) -> Iterator[dict[int, tuple[int, ...]]]:
    """The tags of every directory of a TIFF, those below others too; at most a few."""
    file.seek(4)
    ahead, met = [_number(file.read(4), order)], 0
    while ahead and met < _MOST_IFDS:
        met += 1
        file.seek(ahead.pop(0))
        count = min(_number(file.read(2), order), _MOST_TAGS)
        entries, following = file.read(12 * count), _number(file.read(4), order)
        tags = dict(_tag(file, entries[at : at + 12], order) for at in range(0, 12 * count, 12))
        yield tags
        ahead += [offset for offset in (*tags.get(_SUB_IFDS, ()), following) if offset]


def _tag(file: BinaryIO, entry: bytes, order: str) -> tuple[int, tuple[int, ...]]:
    """One entry → its number and its whole numbers; other values are not looked at."""
    if len(entry) < 12:
        return -1, (0,)
    tag, kind, count = struct.unpack(order + "HHI", entry[:8])
    if tag == _SUB_IFDS and count > 1:
        file.seek(_number(entry[8:], order))
        data = file.read(4 * min(count, _MOST_IFDS))
        return tag, struct.unpack(f"{order}{len(data) // 4}I", data[: len(data) // 4 * 4])
    return tag, (_number(entry[8 : 10 if kind == 3 else 12], order),)


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "little" if order == "<" else "big")


@contextmanager
def _memory() -> Iterator[None]:
    """LibRaw's own word for a lack of memory becomes Python's."""
    import rawpy

    try:
        yield
    except rawpy.LibRawUnsufficientMemoryError as error:
        raise MemoryError from error


def open_raw(file: BinaryIO) -> "Shot | None":
    """The raw file as LibRaw sees it, to be closed; None where LibRaw does not know it."""
    import rawpy

    try:
        with _memory():
            return Shot(rawpy.imread(file))
    except rawpy.LibRawFileUnsupportedError:
        return None


class Shot:
    """An open raw file."""

    def __init__(self, raw: "rawpy.RawPy") -> None:
        self._raw = raw
        sizes = raw.sizes
        self._flip = sizes.flip if 0 <= sizes.flip < len(_BY_FLIP) else 0
        side_by_side = self._flip & 4
        self.size = (sizes.height, sizes.width) if side_by_side else (sizes.width, sizes.height)
        """Width and height of the whole upright picture."""

    def close(self) -> None:
        """Give its memory back."""
        self._raw.close()

    def preview(self) -> Image.Image | None:
        """The embedded picture, not yet decoded; None where there is none of a useful size."""
        import rawpy

        try:
            with _memory():
                thumb = self._raw.extract_thumb()
        except rawpy.LibRawError:
            return None
        image = (
            Image.open(io.BytesIO(thumb.data), formats=("JPEG",))
            if isinstance(thumb.data, bytes)
            else Image.fromarray(thumb.data)
        )
        return image if min(image.size) >= min(PREVIEW_SIDE, min(self.size) // 2) else None

    def orientation(self, preview: Image.Image) -> int:
        """How the preview is to be turned, as EXIF says it: its own word first, then the raw's.

        A word that would lay a standing picture down is not believed.
        """
        own = preview.getexif().get(_ORIENTATION)
        tall = self.size[1] > self.size[0]
        for word in (own, _BY_FLIP[self._flip]):
            if not isinstance(word, int) or word not in _BY_FLIP:
                continue
            width, height = preview.size[::-1] if word >= 5 else preview.size
            if (height > width) == tall:
                return word
        return 1

    def developed(self, max_pixels: int) -> Image.Image:
        """The sensor's samples at half size, upright, in sRGB. Raises `ImageError`."""
        width, height = self.size
        if (width // 2) * (height // 2) > max_pixels:
            raise ImageError(
                f"more than {max_pixels:,} pixels", "export it as JPEG beside the raw file"
            )
        with _memory():
            return Image.fromarray(self._raw.postprocess(half_size=True, use_camera_wb=True))
