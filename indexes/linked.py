"""Numbers of 64 bits that nearly agree, joined: whatever neighbours of neighbours reach.

Exact: any two that differ in few enough bits are compared, unless they are joined already. So
crowds, in which nearly all are neighbours, cost no more than what is spread out. Refuses to know
what the numbers stand for.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

_BITS = 64
_PAIRS_AT_ONCE = 1 << 22
_CROWD = 1 << 14
"""Pairs of two buckets from which on they are joined from a few of their members first."""
_CROWD_AT_ONCE = 1 << 20
_STARTS = 8


class _Band(NamedTuple):
    """Some bits of every hash, in order: buckets of equal ones."""

    key: Places
    """Of each bucket, ascending."""
    edge: Places
    """Where each bucket begins, and the end."""
    held: Places
    """Places of the hashes, bucket by bucket."""
    bits: Hashes
    """The hashes in that order."""


def linked(hashes: Hashes, most: int) -> Places:
    """Different hashes [n] → for each the smallest place that it can be reached from [n].

    Neighbours differ in at most `most` bits. Cut into b bands, two of them differ by at most one
    bit in some band where 2b > `most`: every pair lies in buckets of one band that are equal or a
    bit apart.
    """
    roots = np.arange(len(hashes))
    edges = np.linspace(0, _BITS, max(2, most // 2 + 1) + 1).astype(int)
    for low, high in pairwise(edges):
        if not roots.any():  # nothing, or all in one
            break
        keys = (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        band = _band(keys.astype(np.int64), hashes)
        for flip in (0, *(1 << bit for bit in range(high - low))):
            roots = _through(hashes, roots, band, flip, most)
    return roots


def _band(keys: Places, hashes: Hashes) -> _Band:
    held = np.argsort(keys, kind="stable")
    key, first = np.unique(keys[held], return_index=True)
    return _Band(key, np.append(first, len(keys)), held, hashes[held])


def _through(hashes: Hashes, roots: Places, band: _Band, flip: int, most: int) -> Places:
    """Join what lies in buckets whose keys differ by `flip`."""
    one = np.flatnonzero(band.key & flip == 0)  # the other half would find the same pairs
    other = np.minimum(np.searchsorted(band.key, band.key[one] ^ flip), len(band.key) - 1)
    meant = (band.key[other] == band.key[one] ^ flip) & ~_one_root(roots, band, one, other)
    one, other = one[meant], other[meant]
    sizes = np.diff(band.edge)
    crowd = sizes[one] * sizes[other] >= _CROWD
    for a, b in zip(one[crowd].tolist(), other[crowd].tolist(), strict=True):
        left, right = (band.held[band.edge[at] : band.edge[at + 1]] for at in (a, b))
        roots = _crowd(hashes, roots, left, right, most)
    for left, right in _pairs(band, one[~crowd], other[~crowd]):
        near = np.bitwise_count(band.bits[left] ^ band.bits[right]) <= most
        roots = _joined(roots, band.held[left[near]], band.held[right[near]])
    return roots


def _one_root(roots: Places, band: _Band, one: Places, other: Places) -> NDArray[np.bool_]:
    """Where all that lies in both buckets is joined already."""
    low = np.minimum.reduceat(roots[band.held], band.edge[:-1])
    high = np.maximum.reduceat(roots[band.held], band.edge[:-1])
    same: NDArray[np.bool_] = low[one] == high[one]
    same &= (low[other] == high[other]) & (low[one] == low[other])
    return same


def _crowd(hashes: Hashes, roots: Places, left: Places, right: Places, most: int) -> Places:
    """Join two large buckets: from a few members what is near them, then what is still apart."""
    everyone = np.concatenate([left, right])
    main = everyone[0]
    for _ in range(_STARTS):
        near = np.bitwise_count(hashes[everyone] ^ hashes[main]) <= most
        roots = _joined(roots, np.full(near.sum(), main), everyone[near])
        apart = everyone[roots[everyone] != _commonest(roots[everyone])]
        if not len(apart):
            return roots
        main = apart[0]
    return _compared(hashes, roots, left, right, most)


def _compared(hashes: Hashes, roots: Places, left: Places, right: Places, most: int) -> Places:
    """Compare every two that are not both of the commonest root, some at a time."""
    common = _commonest(roots[right])
    alone = left[0] == right[0]  # one bucket, with itself
    for mine, others in ((left, right),) if alone else ((left, right), (right, left)):
        waiting = mine[roots[mine] != common]
        while len(waiting):
            rows = max(1, _CROWD_AT_ONCE // len(others))
            some, waiting = waiting[:rows], waiting[rows:]
            near = np.bitwise_count(hashes[some][:, None] ^ hashes[others][None]) <= most
            at, to = np.nonzero(near)
            roots = _joined(roots, some[at], others[to])
            if alone:
                others = np.setdiff1d(others, some, assume_unique=True)  # noqa: PLW2901
            common = roots[common]
            waiting = waiting[roots[waiting] != common]
    return roots


def _commonest(roots: Places) -> int:
    values, counts = np.unique(roots, return_counts=True)
    return int(values[counts.argmax()])


def _pairs(band: _Band, one: Places, other: Places) -> Iterator[tuple[Places, Places]]:
    """Everything in each bucket of `one` with everything in that of `other`, by its place there."""
    sizes = np.diff(band.edge)
    owner = np.repeat(np.arange(len(one)), sizes[one])
    mine = _expanded(band.edge[one], sizes[one])
    start, end = band.edge[other][owner], band.edge[other + 1][owner]
    start = np.where(one[owner] == other[owner], mine + 1, start)
    total = np.cumsum(end - start)
    at = 0
    while at < len(mine):
        before = total[at - 1] if at else 0
        stop = max(int(np.searchsorted(total, before + _PAIRS_AT_ONCE, side="right")), at + 1)
        some = end[at:stop] - start[at:stop]
        yield np.repeat(mine[at:stop], some), _expanded(start[at:stop], some)
        at = stop


def _expanded(start: Places, counts: Places) -> Places:
    """For each start so many numbers from there on, one after the other."""
    before = np.cumsum(counts) - counts
    return np.repeat(start - before, counts) + np.arange(counts.sum())


def _joined(roots: Places, one: Places, other: Places) -> Places:
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
