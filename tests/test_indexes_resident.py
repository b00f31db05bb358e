"""The vectors in memory follow the table, and the file beside it is only a cache."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fakes import make_row, unit_vectors

from vladva.indexes import resident as resident_module
from vladva.indexes.lance import LanceStore
from vladva.indexes.resident import Resident, Snapshot
from vladva.indexes.store import MemoryStore, Row, Store, Vector
from vladva.protocols import Vectors

DIM = 6


class Watched(LanceStore):
    """Counts the vectors that are read from the table."""

    read = 0

    def written_after(self, moment: int) -> pa.Table:
        found = super().written_after(moment)
        self.read += found.num_rows
        return found


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident_module, "_PAUSE_S", 0.0)


def rows_of(numbers: Iterable[int]) -> list[Row]:
    return [make_row(number) for number in numbers]


def vectors(seed: int, count: int) -> Vectors:
    return unit_vectors(np.random.default_rng(seed), count, DIM)


def query() -> Vector:
    return vectors(99, 2)[1]


def fill(store: Store, numbers: Iterable[int], seed: int = 0) -> None:
    rows = rows_of(numbers)
    store.put(rows, vectors(seed, len(rows)))


def answers(snapshot: Snapshot, k: int = 7) -> list[tuple[str, float]]:
    return [(snapshot.id(at), score) for at, score in snapshot.best(query(), k)]


def test_a_reader_sees_what_another_writes_and_reads_only_that(tmp_path: Path) -> None:
    writer, table = LanceStore(tmp_path, "f", DIM), Watched(tmp_path, "f", DIM)
    reference = MemoryStore(DIM)
    resident = Resident(table, tmp_path / "r")
    assert answers(resident.snapshot()) == []
    for step in range(5):
        for store in (writer, reference):
            fill(store, range(step * 10, step * 10 + 12), seed=step)
            store.drop([rows_of([step])[0].id])
        assert answers(resident.snapshot()) == reference.search(query(), 7)
    read = 5 * 12 - 1  # one was gone before it was looked at
    assert table.read == read
    resident.snapshot()
    assert table.read == read


def test_an_old_snapshot_keeps_answering(tmp_path: Path) -> None:
    writer = LanceStore(tmp_path, "f", DIM)
    fill(writer, range(20))
    resident = Resident(LanceStore(tmp_path, "f", DIM), tmp_path / "r")
    old = resident.snapshot()
    before = answers(old)
    writer.drop([id_ for id_, _ in before])
    new = resident.snapshot()
    assert answers(old) == before
    assert not {id_ for id_, _ in before} & {id_ for id_, _ in answers(new)}


def test_a_table_that_changes_all_the_time_is_looked_at_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_PAUSE_S", 1000.0)
    writer = LanceStore(tmp_path, "f", DIM)
    fill(writer, range(4))
    resident = Resident(LanceStore(tmp_path, "f", DIM), None)
    first = resident.snapshot()
    fill(writer, range(4, 8))
    assert resident.snapshot() is first


def test_a_large_table_is_mapped_from_a_file_that_the_next_process_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_FILE_FROM", 50)
    monkeypatch.setattr(resident_module, "_BYTES_AT_ONCE", 16 * 4 * DIM)
    writer, reference = LanceStore(tmp_path, "f", DIM), MemoryStore(DIM)
    for store in (writer, reference):
        fill(store, range(100))
    expected = reference.search(query(), 7)
    first = Resident(LanceStore(tmp_path, "f", DIM), tmp_path / "r").snapshot()
    assert answers(first) == expected
    assert len(list((tmp_path / "r").iterdir())) == 1
    table = Watched(tmp_path, "f", DIM)
    second = Resident(table, tmp_path / "r")
    assert answers(second.snapshot()) == expected
    assert table.read == 0
    assert not second.snapshot()._blocks[1].flags.owndata  # mapped, not copied
    for store in (writer, reference):
        fill(store, range(95, 105), seed=5)
        store.drop([r.id for r in rows_of(range(0, 90, 2))])
    assert answers(second.snapshot()) == reference.search(query(), 7)
    assert table.read == 10
    for store in (writer, reference):
        fill(store, range(200, 300), seed=6)
    assert answers(second.snapshot()) == reference.search(query(), 7)
    assert len(list((tmp_path / "r").iterdir())) == 1  # replaced


@pytest.mark.parametrize("damage", ["cut", "empty", "noise"])
def test_a_damaged_file_is_ignored_and_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(resident_module, "_FILE_FROM", 50)
    writer = LanceStore(tmp_path, "f", DIM)
    fill(writer, range(100))
    good = answers(Resident(writer, tmp_path / "r").snapshot())
    (file,) = (tmp_path / "r").iterdir()
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "noise": b"x" * 5000}[damage])
    assert answers(Resident(writer, tmp_path / "r").snapshot()) == good
    assert answers(Resident(writer, tmp_path / "r").snapshot()) == good


def test_a_library_that_cannot_be_written_is_searched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_FILE_FROM", 50)
    writer = LanceStore(tmp_path, "f", DIM)
    fill(writer, range(100))
    (tmp_path / "r").write_text("a file where the folder should be")
    assert len(answers(Resident(writer, tmp_path / "r").snapshot())) == 7


def test_vectors_of_rows_that_are_no_more_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_FILE_FROM", 30)
    writer = LanceStore(tmp_path, "f", DIM)
    resident = Resident(writer, None)
    for step in range(12):
        fill(writer, range(10), seed=step)
        assert len(answers(resident.snapshot())) == 7
        assert sum(len(block) for block in resident._blocks) <= 2 * 10 + 30 + 10


def test_many_small_commits_do_not_become_many_small_products(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_TAIL_BLOCKS", 3)
    writer, reference = LanceStore(tmp_path, "f", DIM), MemoryStore(DIM)
    resident = Resident(writer, None)
    for step in range(10):
        for store in (writer, reference):
            fill(store, range(step * 3, step * 3 + 3), seed=step)
        assert answers(resident.snapshot()) == reference.search(query(), 7)
        assert len(resident._blocks) <= 4


def test_pages_follow_each_other_without_gap_or_repeat(tmp_path: Path) -> None:
    writer = LanceStore(tmp_path, "f", DIM)
    fill(writer, range(30))
    snapshot = Resident(writer, None).snapshot()
    whole = snapshot.best(query(), 30)
    assert whole == snapshot.best(query(), 1000)
    for size in (1, 7, 29):
        assert snapshot.best(query(), size) == whole[:size]
    some = np.ones(30, bool)
    some[[row for row, _ in whole[3:9]]] = False
    assert snapshot.best(query(), 30, some) == whole[:3] + whole[9:]
    assert snapshot.best(query(), 30, np.zeros(30, bool)) == []
    assert snapshot.best(query(), 0) == []
