"""How high everyday questions reach in a library: the yardstick that a question's best score needs.

The best of a million scores is higher than the best of a hundred, match or none. A bank of everyday
questions, the same for every library, shows how much (ours; extreme values of a background). When
rows are added only they are scored. Refuses to know the question that was asked.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from vladva.indexes.ranking.fit import NEXT
from vladva.indexes.snapshot import Snapshot
from vladva.protocols import Encoder, Vectors

AT_ONCE = 8192
"""Rows that are scored at once, which bounds the memory."""
STALE = 0.01
"""Share of the rows that may go before all are scored again."""


class Background:
    """The bank's best scores in one library, as far as it was seen. Threads may share it.

    It keeps `NEXT` scores a question and nothing a row.
    """

    def __init__(self, vectors: Callable[[], Vectors]) -> None:
        """`vectors`: the bank's, [m, dim], m ≥ 1; called when they are first needed."""
        self._bank = vectors
        self._mutex = threading.Lock()
        self._best = np.empty((0, 0), np.float32)
        self._version: int | None = None
        self._seen = 0
        self._rows = 0

    def height(self, snapshot: Snapshot) -> float:
        """The middle of what the bank's questions reach: the median of their best scores.

        0 for a library without rows.
        """
        with self._mutex:
            if snapshot.version != self._version:
                self._follow(snapshot)
            return height_of(self._best)

    def _follow(self, snapshot: Snapshot) -> None:
        moments = snapshot.facts["seq"].to_numpy()
        fresh = np.flatnonzero(moments > self._seen)
        gone = self._rows + len(fresh) - len(snapshot)
        if gone > STALE * len(snapshot):
            self._best, fresh = self._best[:, :0], np.arange(len(snapshot))
        if len(fresh):
            self._best = self._scored(snapshot, fresh)
        self._version, self._rows = snapshot.version, len(snapshot)
        self._seen = pc.max(snapshot.facts["seq"]).as_py() or 0

    def _scored(self, snapshot: Snapshot, rows: NDArray[np.int64]) -> Vectors:
        bank = self._bank()
        best = self._best if len(self._best) else np.empty((len(bank), 0), np.float32)
        for start in range(0, len(rows), AT_ONCE):
            scores = bank @ snapshot.vectors(rows[start : start + AT_ONCE]).T
            best = best_of(np.concatenate([best, scores], axis=1))
        return best


def best_of(scores: Vectors) -> Vectors:
    """Scores [m, n] → the `NEXT` best of each question [m, min(n, NEXT)], in any order."""
    n = scores.shape[1]
    return scores if n <= NEXT else np.partition(scores, n - NEXT, axis=1)[:, n - NEXT :]


def height_of(best: Vectors) -> float:
    """The best scores of each question [m, ≤ NEXT] → the median of their means, 0 for none."""
    return float(np.median(best.mean(axis=1))) if best.size else 0.0


def kept_bank(encoder: Encoder, texts: Sequence[str], folder: Path | None) -> Vectors:
    """The bank's vectors [m, dim], kept in a file of the folder: a large model takes seconds.

    A folder that cannot be written is no error, nor is a damaged file.
    """
    if folder is None:
        return encoder.encode_texts(texts)
    said = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]
    file = folder / f"bank.{encoder.fingerprint}.{said}.npy"
    with suppress(OSError, ValueError, EOFError):
        held: Vectors = np.load(file, allow_pickle=False)
        if held.shape == (len(texts), encoder.dim) and held.dtype == np.float32:
            return held
    vectors = encoder.encode_texts(texts)
    partial = file.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            np.save(stream, vectors)
        partial.replace(file)
    return vectors
