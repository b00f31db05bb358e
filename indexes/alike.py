"""Pictures that look the same: 64 bits for each, and groups of those whose bits nearly agree.

Refuses to know files and rows. What the numbers were chosen by, on real photos: of 200, copies
that were encoded again, resized or made brighter differ in at most 8 bits, and so do 97 % of
copies cropped by 2 % a side; of 2,500 different ones none shares a group with another, at 10 bits
4 would, at 12 bits 48. `tests/test_indexes_alike.py` holds them to it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vladva.indexes.linked import linked

MOST = 8
"""Bits in which two pictures of one group may differ."""
_SIDE = 32
_FLAT = 4.0  # grey levels: a picture that varies less is a wall, a night, a clear sky
_BITS = 64

_at = np.arange(_SIDE)
_COSINES = np.cos(np.pi * (2 * _at[None] + 1) * _at[:, None] / (2 * _SIDE))  # DCT-II
_I, _J = np.array(
    sorted(
        ((i, j) for i in range(_SIDE) for j in range(_SIDE) if i + j),
        key=lambda place: (sum(place), place),
    )[:_BITS]
).T  # the lowest frequencies, without the mean


def phash(image: Image.Image) -> int | None:
    """Upright RGB picture → 64 bits as a signed integer; None where it is too flat to say.

    Each bit says whether one of the 64 lowest frequencies of the picture, in grey and 32 pixels
    wide, is stronger than their median.
    """
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0)
    grey = np.asarray(small.convert("L"), dtype=np.float64)
    if grey.std() < _FLAT:
        return None
    low = (_COSINES @ grey @ _COSINES.T)[_I, _J]
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), signed=True)


def groups(
    hashes: NDArray[np.int64], valid: NDArray[np.bool_], most: int = MOST
) -> NDArray[np.int64]:
    """Hashes [n] → group [n]: the first row that a row can be reached from.

    Two valid rows are neighbours when they differ in at most `most` bits, exactly, and a group is
    whatever neighbours of neighbours reach. A row that is not valid is a group of its own.
    """
    found = np.arange(len(hashes), dtype=np.int64)
    rows = np.flatnonzero(valid)
    unique, first, where = np.unique(
        hashes[rows].astype(np.int64).view(np.uint64), return_index=True, return_inverse=True
    )
    roots = linked(unique, most)
    lowest = np.full(len(unique), len(rows))
    np.minimum.at(lowest, roots, first)
    found[rows] = rows[lowest[roots[where]]]
    return found
