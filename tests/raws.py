"""The smallest DNG that LibRaw opens: a preview in front, a ramp of sensor samples behind it."""

import struct
from collections.abc import Collection
from typing import Any

import numpy as np

Tags = dict[int, tuple[int, Any]]
"""Number → (type, values); bytes for the types of one byte."""
BYTE, ASCII, SHORT, LONG, FRACTION, SIGNED_FRACTION = 1, 2, 3, 4, 5, 10
_FORMATS = {SHORT: "H", LONG: "I", FRACTION: "2I", SIGNED_FRACTION: "2i"}
ONE, NONE = (1, 1), (0, 1)


def dng(
    preview: bytes = b"",
    preview_size: tuple[int, int] = (0, 0),
    *,
    size: tuple[int, int] = (640, 480),
    orientation: int = 1,
    order: str = "<",
    without: Collection[int] = (),
) -> bytes:
    """A file of one sensor whose samples grow from left to right; `preview` is a JPEG or nothing.

    `order`: "<" little-endian, ">" big-endian; `without`: tags that its first directory lacks.
    """
    ramp = np.linspace(500, 3500, size[0]).astype(order + "u2")
    samples = np.repeat(ramp[None], size[1], axis=0).tobytes()
    front, sensor = _front(preview, preview_size, orientation), _sensor(size)
    front = {tag: value for tag, value in front.items() if tag not in without}
    below = 8 + len(_directory(front, order, 8))
    start = below + len(_directory(sensor, order, below))
    front[330] = (LONG, [below])
    if preview:
        front[273] = (LONG, [start])
    sensor[273], sensor[279] = (LONG, [start + len(preview)]), (LONG, [len(samples)])
    magic = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return b"".join(
        (magic, _directory(front, order, 8), _directory(sensor, order, below), preview, samples)
    )


def _front(preview: bytes, size: tuple[int, int], orientation: int) -> Tags:
    """DNG 1.4's camera facts, and the preview where there is one."""
    matrix = [ONE, NONE, NONE, NONE, ONE, NONE, NONE, NONE, ONE]
    tags: Tags = {
        254: (LONG, [1]),
        271: (ASCII, b"Test\0"),
        272: (ASCII, b"Camera\0"),
        274: (SHORT, [orientation]),
        330: (LONG, [0]),
        50706: (BYTE, bytes([1, 4, 0, 0])),
        50708: (ASCII, b"Test Camera\0"),
        50721: (SIGNED_FRACTION, matrix),
        50728: (FRACTION, [ONE, ONE, ONE]),
        50778: (SHORT, [21]),
    }
    if preview:
        tags |= {256: (LONG, [size[0]]), 257: (LONG, [size[1]]), 258: (SHORT, [8, 8, 8]),
                 259: (SHORT, [7]), 262: (SHORT, [6]), 273: (LONG, [0]), 277: (SHORT, [3]),
                 278: (LONG, [size[1]]), 279: (LONG, [len(preview)])}  # fmt: skip
    return tags


def _sensor(size: tuple[int, int]) -> Tags:
    return {254: (LONG, [0]), 256: (LONG, [size[0]]), 257: (LONG, [size[1]]), 258: (SHORT, [16]),
            259: (SHORT, [1]), 262: (SHORT, [32803]), 273: (LONG, [0]), 277: (SHORT, [1]),
            278: (LONG, [size[1]]), 279: (LONG, [0]), 33421: (SHORT, [2, 2]),
            33422: (BYTE, bytes([0, 1, 1, 2])), 50714: (SHORT, [0]),
            50717: (LONG, [4095])}  # fmt: skip


def _directory(tags: Tags, order: str, at: int) -> bytes:
    """One directory of a TIFF that begins at byte `at`, with the values that do not fit into it."""
    entries, beyond = struct.pack(order + "H", len(tags)), b""
    after = at + 2 + 12 * len(tags) + 4
    for tag, (kind, values) in sorted(tags.items()):
        data = values
        if not isinstance(values, bytes):
            flat = np.ravel(values).tolist()
            data = struct.pack(order + "".join(_FORMATS[kind] for _ in values), *flat)
        entries += struct.pack(order + "HHI", tag, kind, len(values))
        if len(data) <= 4:
            entries += data.ljust(4, b"\0")
        else:
            entries += struct.pack(order + "I", after + len(beyond))
            beyond += data + b"\0" * (len(data) % 2)
    return entries + struct.pack(order + "I", 0) + beyond
