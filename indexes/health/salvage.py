"""A damaged table → what can be read of it, and a table made of that.

A table is many fragments, each a file with some rows. One that cannot be read costs its own rows
and no others; they are indexed again, since photos are the truth. Refuses to know where a table
comes from and why it broke.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vladva.indexes.columns import matrix
from vladva.indexes.durable import flush_folders, flush_tree
from vladva.indexes.health.heal import manifests, place_of, rebuilt, set_aside, versions
from vladva.indexes.lance import connect, told
from vladva.indexes.paths import from_text

_ROWS_AT_ONCE = 4096
_UNIT = 1e-2
BROKEN = (OSError, RuntimeError, ValueError)
"""What LanceDB raises where a file cannot be read."""


@dataclass
class Look:
    """What a table holds and what of it is lost."""

    version: int | None = None
    """The newest version whose list of rows can be read; None where there is none."""
    newest: bool = False
    """Whether there is no newer one."""
    rows: int = 0
    """That are listed."""
    good: int = 0
    """That can be read, have the id of their path and a unit vector, and are the first such."""

    @property
    def whole(self) -> bool:
        """Whether nothing is lost."""
        return self.newest and self.rows == self.good


class Salvage:
    """Reads a table piece by piece. Nothing is written but by `rebuild`."""

    def __init__(self, folder: Path, name: str, id_of: Callable[[str], str]) -> None:
        """The table `name` of a library folder, where `id_of` names a path."""
        self._folder = folder
        self._name = name
        self._id_of = id_of
        self._place = place_of(folder, name)
        self.dim = 0

    def good(self, look: Look) -> Iterator[pa.Table]:
        """The rows that can be kept, some at a time; `look` tells what it came to."""
        table = self._opened(look)
        if table is None:
            return
        self.dim = table.schema.field("vector").type.list_size
        listed = _listed(table)
        look.rows = len(listed)
        seen: set[str] = set()
        for fragment in np.unique(listed >> 32):
            for rows in _read(table, listed[listed >> 32 == fragment]):
                kept = rows.filter(pa.array(self._keep(rows, seen)))
                look.good += kept.num_rows
                yield kept

    def rebuild(self) -> Look:
        """Put a table of the good rows in the place of the damaged one, which is moved aside.

        Killed at any instant it leaves the one or the other.
        """
        while manifests(self._place) and not self._opens():
            set_aside(self._folder, manifests(self._place)[0])
        look = Look()
        fresh = rebuilt(self._place)
        database = connect(self._folder)
        half = place_of(self._folder, f"{self._name}.partial")
        for leftover in (half, fresh):
            if leftover.exists():
                set_aside(self._folder, leftover)
        rows = self.good(look)
        first = next(rows, None)
        if first is not None:
            with told(self._folder):
                table = database.create_table(f"{self._name}.partial", first)
                for part in rows:
                    table.add(part)
                flush_tree(half)
            half.rename(fresh)
        if self._place.exists():
            set_aside(self._folder, self._place)
        with suppress(FileNotFoundError):  # nothing was left, or a reader was faster
            fresh.rename(self._place)
        flush_folders([self._place.parent])
        return look

    def _opens(self) -> bool:
        try:
            connect(self._folder).open_table(self._name)
        except BROKEN:
            return False
        return True

    def _opened(self, look: Look) -> lancedb.table.Table | None:
        """The newest version whose list of rows can be read."""
        with suppress(*BROKEN):
            table = connect(self._folder).open_table(self._name)
            numbers = versions(self._place)
            for version in numbers:
                with suppress(*BROKEN):
                    table.checkout(version)
                    _listed(table)
                    look.version, look.newest = version, version == numbers[0]
                    return table
        return None

    def _keep(self, rows: pa.Table, seen: set[str]) -> NDArray[np.bool_]:
        lengths = np.linalg.norm(matrix(rows, self.dim), axis=1)
        keep: NDArray[np.bool_] = np.abs(lengths - 1) < _UNIT  # false where one is no number
        pairs = zip(rows["id"].to_pylist(), rows["path"].to_pylist(), strict=True)
        for at, (id_, path) in enumerate(pairs):
            keep[at] &= id_ not in seen and id_ == self._id_of(from_text(path))
            if keep[at]:
                seen.add(id_)
        return keep


def _listed(table: Any) -> NDArray[np.uint64]:
    """Row numbers, the fragment in the upper half; needs no data file."""
    numbers: NDArray[np.uint64] = table.search().select(["_rowid"]).to_arrow()["_rowid"].to_numpy()
    return numbers


def _read(table: Any, numbers: NDArray[np.uint64]) -> Iterator[pa.Table]:
    """Rows of one fragment, as far as they can be read.

    Taken by number: a filter would have LanceDB open the files of other fragments, too.
    """
    for start in range(0, len(numbers), _ROWS_AT_ONCE):
        part = numbers[start : start + _ROWS_AT_ONCE].tolist()
        with suppress(*BROKEN):
            yield table.take_row_ids(part).select(table.schema.names).to_arrow()
