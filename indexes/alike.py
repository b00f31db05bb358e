"""Pictures that look the same: 64 bits for each, and groups of those whose bits nearly agree.

Refuses to know files and rows. What the numbers were chosen by, on real photos: of 200, copies
that were encoded again, resized or made brighter differ in at most 8 bits, and so do 97 % of
copies cropped by 2 % a side; of 2,500 different ones none shares a group with another, at 10 bits
4 would, at 12 bits 48. `tests/test_indexes_alike.py` holds them to it.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST = 8
"""Bits in which two pictures of one group may differ."""
_SIDE = 32
_FLAT = 4.0  # grey levels: a picture that varies less is a wall, a night, a clear sky
_BITS = 64
_PAIRS_AT_ONCE = 1 << 22

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
    roots = np.arange(len(unique))
    for one, other in _neighbours(unique, most):
        roots = _joined(roots, one, other)
    lowest = np.full(len(unique), len(rows))
    np.minimum.at(lowest, roots, first)
    found[rows] = rows[lowest[roots[where]]]
    return found


def _neighbours(
    hashes: NDArray[np.uint64], most: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places of hashes that differ in at most `most` bits.

    Cut into b bands, two such hashes differ by at most one bit in some band where 2b > `most`:
    every pair lies in buckets of one band that are equal or a bit apart.
    """
    bands = max(2, most // 2 + 1)
    edges = np.linspace(0, _BITS, bands + 1).astype(int)
    for low, high in pairwise(edges):
        keys = ((hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        keys, held = keys[order], hashes[order]
        for flip in (0, *(1 << bit for bit in range(high - low))):
            mine = np.flatnonzero(keys & flip == 0)  # the other half finds the same pairs
            start = np.searchsorted(keys, keys[mine] ^ flip, side="left")
            end = np.searchsorted(keys, keys[mine] ^ flip, side="right")
            start = start if flip else mine + 1
            for one, other in _expanded(mine, start, end):
                near = np.bitwise_count(held[one] ^ held[other]) <= most
                yield order[one[near]], order[other[near]]


def _expanded(
    mine: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Each of `mine` with every place from its `start` to its `end`, some millions at a time."""
    counts = end - start
    total = np.cumsum(counts)
    at = 0
    while at < len(mine):
        before = total[at - 1] if at else 0
        stop = max(int(np.searchsorted(total, before + _PAIRS_AT_ONCE, side="right")), at + 1)
        some = counts[at:stop]
        one = np.repeat(mine[at:stop], some)
        offsets = np.repeat(start[at:stop] - (total[at:stop] - some - before), some)
        yield one, offsets + np.arange(len(one))
        at = stop


def _joined(
    roots: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The smallest place that each can be reached from, with these pairs joined."""
    while True:
        first, second = roots[one], roots[other]
        apart = first != second
        if not apart.any():
            return roots
        one, other, first, second = one[apart], other[apart], first[apart], second[apart]
        np.minimum.at(roots, np.maximum(first, second), np.minimum(first, second))
        while not np.array_equal(roots, above := roots[roots]):
            roots = above
