"""A file of resident vectors beside the table that it was made of.

Refuses to know how search uses it.
"""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladva.indexes.columns import matrix
from vladva.indexes.resident import keys_of, read_file, resident_files


class ResidentCheck:
    """Compares the newest file of a table with its rows, shown to it some at a time."""

    def __init__(self, folder: Path, name: str) -> None:
        """`folder`: the library's."""
        self.file: Path | None = next(
            iter(reversed(resident_files(folder / "resident", name))), None
        )
        self.cut = False
        """Whether the file cannot be read."""
        self.wrong = 0
        """Vectors that are not those of the table."""
        self._held: pa.Table | None = None
        if self.file is not None:
            self.cut = True
            with suppress(OSError, pa.ArrowException, KeyError, ValueError):
                self._held = read_file(self.file)
                self._keys = keys_of(self._held)
                self.cut = False

    def see(self, rows: pa.Table) -> None:
        """Rows of the table, with `id`, `seq`, `vector`; those that the file lacks are skipped."""
        if self._held is None:
            return
        places = pc.index_in(keys_of(rows), value_set=self._keys)
        both = places.is_valid()
        rows, places = rows.filter(both), places.filter(both)
        dim = rows.schema.field("vector").type.list_size
        mine, theirs = matrix(self._held.take(places), dim), matrix(rows, dim)
        self.wrong += int(np.count_nonzero(np.any(mine != theirs, axis=1)))
