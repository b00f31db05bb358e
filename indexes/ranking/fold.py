"""Which photos of a snapshot are near-duplicates of each other.

Refuses to know scores and pages, and when two pictures are alike (`alike`).
"""

import threading
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vladva.indexes.alike import groups

Rows = NDArray[np.int64]


class Facts(Protocol):
    """What is asked of a snapshot, see `snapshot.Snapshot`."""

    @property
    def version(self) -> int:
        """Of the table; a snapshot of the same version has the same rows."""
        ...

    @property
    def facts(self) -> pa.Table:
        """Every row; `phash` and `content` are read."""
        ...


class Groups:
    """The groups of near-duplicates of the newest snapshot of one table. Threads may share it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._known: tuple[int, Rows] | None = None

    def of(self, snapshot: Facts) -> Rows:
        """Each row's group [n], found once a version; do not change it."""
        with self._mutex:
            if self._known is None or self._known[0] != snapshot.version:
                self._known = snapshot.version, grouped(snapshot.facts)
            return self._known[1]


def grouped(facts: pa.Table) -> Rows:
    """Rows → group [n], named by the first row in it.

    Rows of one group have the same bytes, or a `phash` that nearly agrees (`alike.groups`).
    Pictures too flat for one are alike only where they are the same file.
    """
    phash, content = facts["phash"].combine_chunks(), facts["content"].combine_chunks()
    valid = pc.is_valid(phash).to_numpy(zero_copy_only=False)
    hashes = pc.fill_null(phash, 0).to_numpy(zero_copy_only=False)
    found = groups(hashes, valid)
    codes = pc.dictionary_encode(content).indices.to_numpy(zero_copy_only=False)
    _, first, where = np.unique(codes, return_index=True, return_inverse=True)
    return np.where(valid, found, first[where])
