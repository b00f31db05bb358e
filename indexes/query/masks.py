"""Filters and literal texts over all photos of a snapshot: which rows meet them.

A column has few different values beside its rows: folders, days, cameras. Each is asked once
(`filters.holds`, the reference itself), and every row gets its value's answer: at 100,000 rows some
twenty times faster than the database. What differs from row to row is the database's. Refuses to
know how photos are ranked.
"""

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vladva.indexes.query import dates
from vladva.indexes.query.filters import FILTERS, alternatives, holds, where
from vladva.indexes.query.query import Filter

Mask = NDArray[np.bool_]
Select = Callable[[str | None, Sequence[str]], pa.Array]
"""`LanceStore.select`."""
_KEPT = 64  # answers, of a byte a row each


class Masks:
    """What was asked of one snapshot's facts (`Snapshot.facts`). Threads may share it.

    The database may have gone on since: rows that it no longer has meet nothing that it is asked.
    """

    def __init__(self, facts: pa.Table, select: Select) -> None:
        self._facts = facts
        self._select = select
        self._values: dict[str, tuple[NDArray[np.int64], list[Any]]] = {}
        self._masks: dict[Filter | tuple[str, ...], Mask] = {}

    def __call__(self, filters: Sequence[Filter], literal: Sequence[str] = ()) -> Mask | None:
        """Which rows meet all filters and hold all texts, bool [n]; None where nothing is asked.

        Raises `LibraryError` where the table cannot be read.
        """
        if not self._facts.num_rows:  # no rows, no chunk
            return np.zeros(0, dtype=bool) if filters or literal else None
        parts = [self._any(group) for group in alternatives(filters)]
        if literal:
            key = tuple(literal)
            parts.append(self._kept(key, partial(self._found, None, key)))
        return np.logical_and.reduce(parts) if parts else None

    def _any(self, group: Sequence[Filter]) -> Mask:
        masks = [self._kept(one, partial(self._asked, one)) for one in group]
        return np.logical_or.reduce(masks)  # type: ignore[no-any-return]

    def _kept(self, key: Filter | tuple[str, ...], ask: Callable[[], Mask]) -> Mask:
        mask = self._masks.get(key)
        if mask is None:
            mask = ask()
            if len(self._masks) >= _KEPT:
                self._masks = {}
            self._masks[key] = mask
        return mask

    def _found(self, condition: str | None, texts: Sequence[str]) -> Mask:
        """What the database says."""
        found = self._select(condition, texts)
        mask: Mask = pc.is_in(self._facts["id"].combine_chunks(), value_set=found).to_numpy(
            zero_copy_only=False
        )
        return mask

    def _asked(self, one: Filter) -> Mask:
        names = FILTERS[one.name].reads(one)
        if not names:
            return self._found(where([one]), ())
        codes, values = self._column(names[0])
        rows = [{_stands_for(names[0]): value} for value in values]
        for name in names[1:]:
            more, other = self._column(name)
            pairs, codes = np.unique(codes * len(other) + more, return_inverse=True)
            rows = [
                {**rows[pair // len(other)], _stands_for(name): other[pair % len(other)]}
                for pair in pairs
            ]
        answers: list[bool] = [holds(one, SimpleNamespace(**row)) for row in rows]  # type: ignore[arg-type]
        mask: Mask = np.array(answers, dtype=bool)[codes]
        return mask

    def _column(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """The number of each row's value, and the values."""
        if name not in self._values:
            column = self._facts[_stands_for(name)].combine_chunks()
            if name == "folder":
                column = pc.replace_substring_regex(column, "[^/]*$", "")
            elif name in dates.LENGTHS:
                column = pc.utf8_slice_codeunits(column, 0, dates.LENGTHS[name])
            elif name.endswith("?"):
                column = pc.if_else(pc.is_valid(column), "", pa.scalar(None, pa.string()))
            coded = pc.dictionary_encode(column, null_encoding="encode")
            if isinstance(coded, pa.ChunkedArray):
                coded = coded.combine_chunks()
            codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
            self._values[name] = codes, coded.dictionary.to_pylist()
        return self._values[name]


def _stands_for(name: str) -> str:
    """The column of a row that holds what has a name of its own here."""
    if name in dates.LENGTHS:
        return "taken_at"
    return "path" if name == "folder" else name.removesuffix("?")
