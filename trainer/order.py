"""Which rows are held out, and which rows each step sees: numbers from a seed, nothing else.

Pure, so that step 1,000,000 is known without the steps before it. Refuses to know what a row is.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import count

import numpy as np
from numpy.typing import NDArray

from vladva.trainer.examples import Numbers, number_of

Rows = NDArray[np.int64]
"""Indexes of rows."""


def split(
    pictures: Sequence[str] | Numbers, share: float, seed: int, least: int = 1
) -> tuple[Rows, Rows]:
    """Rows to train on, rows held out, each in order.

    `pictures`: each row's picture, by name or number; the rows of one picture stay together. A
    picture's own hash decides, so rows that are added move none. At least `least` pictures are held
    out, but never more than half of them.
    """
    if isinstance(pictures, np.ndarray):
        numbers: Numbers = pictures.astype(np.uint64)
    else:
        numbers = np.array([number_of(name) for name in pictures], np.uint64)
    kinds, kind_of = np.unique(numbers, return_inverse=True)
    places = _mixed(kinds, seed)
    wanted = max(int((places < share).sum()), least if share > 0 else 0)
    wanted = min(wanted, len(kinds) // 2)
    held = np.zeros(len(kinds), bool)
    held[np.argsort(places, kind="stable")[:wanted]] = True
    is_held = held[kind_of]
    return np.flatnonzero(~is_held), np.flatnonzero(is_held)


def batches(rows: Rows, size: int, seed: int, start: int = 0) -> Iterator[tuple[int, Rows]]:
    """(epoch, `size` rows) for step `start` and every one after it, without end.

    Each epoch is another permutation. An epoch's rest opens the next one's first batch, which
    counts to the epoch that it begins in. Raises `ValueError` on no rows or no size.
    """
    if not len(rows) or size < 1:
        raise ValueError(f"batches of {size} out of {len(rows)} rows")
    for step in count(start):
        first = step * size
        epochs = range(first // len(rows), (first + size - 1) // len(rows) + 1)
        parts = (
            _permutation(len(rows), seed, epoch)[
                max(first - epoch * len(rows), 0) : first + size - epoch * len(rows)
            ]
            for epoch in epochs
        )
        yield epochs[0], rows[np.concatenate(list(parts))]


def pick(choices: int, *key: int | str) -> int:
    """One of `choices` things, 0 … choices - 1, decided by the key alone."""
    spelled = "/".join(map(str, key)).encode()
    return int.from_bytes(blake2b(spelled, digest_size=8).digest(), "big") % choices


@lru_cache(maxsize=4)  # two epochs of the training, two of what is evaluated beside it
def _permutation(length: int, seed: int, epoch: int) -> Rows:
    return np.random.default_rng([seed, epoch]).permutation(length)


def _mixed(numbers: Numbers, seed: int) -> NDArray[np.float64]:
    """Numbers and a seed → 0..1, evenly spread (the finaliser of splitmix64)."""
    salt = int.from_bytes(blake2b(str(seed).encode(), digest_size=8).digest(), "big")
    mixed = numbers ^ np.uint64(salt)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)
