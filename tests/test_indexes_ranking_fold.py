"""Near-duplicates under the best of them, and their groups found once a version."""

import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from vladva.indexes.ranking import fold
from vladva.indexes.ranking.fold import Groups, grouped


@dataclass(frozen=True)
class Table:
    version: int
    facts: pa.Table


def facts(*rows: tuple[int | None, str]) -> pa.Table:
    hashes, contents = zip(*rows, strict=True) if rows else ((), ())
    return pa.table(
        {
            "phash": pa.array(hashes, pa.int64()),
            "content": pa.array(contents, pa.string()),
        }
    )


def array(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_alike_is_the_same_file_or_nearly_the_same_bits() -> None:
    found = grouped(
        facts(
            (0b1, "a"), (None, "flat"), (0b11, "b"), (2**40 - 1, "c"), (None, "x"), (None, "flat")
        )
    )
    assert found.tolist() == [0, 1, 0, 3, 4, 1]
    assert grouped(facts()).tolist() == []


def test_groups_are_found_once_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(table: pa.Table) -> np.ndarray:
        asked.append(table.num_rows)
        return grouped(table)

    monkeypatch.setattr(fold, "grouped", counted)
    groups = Groups()
    first, second = Table(3, facts((1, "a"), (1, "b"))), Table(4, facts((1, "a")))
    assert groups.of(first).tolist() == [0, 0]
    assert groups.of(Table(3, first.facts)) is groups.of(first)
    assert asked == [2]
    assert groups.of(second).tolist() == [0]
    assert asked == [2, 1]


def test_a_hundred_thousand_rows_are_grouped_while_somebody_waits() -> None:
    rng = np.random.default_rng(3)
    hashes = rng.integers(-(2**63), 2**63 - 1, 100_000, dtype=np.int64)
    hashes[::2] = hashes[1::2]
    table = facts(*((int(one), str(row)) for row, one in enumerate(hashes)))
    start = time.perf_counter()
    found = grouped(table)
    assert time.perf_counter() - start < 5  # 0.9 s on two quiet cores
    assert len(np.unique(found)) == 50_000
    assert (found[::2] == found[1::2]).all()
