"""The LanceDB store does what the one in a dict does, whatever is asked of it."""

import os
import random
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import make_row, unit_vectors

from vladva.errors import LibraryError
from vladva.indexes import lance as lance_module
from vladva.indexes.durable import Durable
from vladva.indexes.lance import LanceStore
from vladva.indexes.store import MemoryStore, Store, cosine
from vladva.protocols import Vectors

DIM = 8


def vectors(seed: int, count: int) -> Vectors:
    return unit_vectors(np.random.default_rng(seed), count, DIM)


def act(stores: list[Store], choose: random.Random, step: int) -> list[str]:
    """Do one thing to all stores → the ids that it was about."""
    numbers = choose.sample(range(40), choose.randint(1, 9))
    ids = [make_row(number).id for number in numbers]
    action = choose.choice(["put", "put", "move", "drop"])
    if action == "put":
        rows, made = [make_row(n, size=step) for n in numbers], vectors(step, len(numbers))
        for store in stores:
            store.put(rows, made)
    elif action == "drop":
        for store in stores:
            store.drop(ids)
    elif old := stores[0].rows(ids):
        moved = [
            replace(row, id=f"{100 + int(row.id, 16):024x}", path=row.path + "x")
            for row in old.values()
        ]
        kept = np.stack(list(stores[0].vectors(old).values()))
        for store in stores:
            store.put(moved, kept, drop=old)
    return ids


def agree(reference: Store, store: Store, ids: list[str]) -> None:
    assert store.known() == reference.known()
    assert store.contents() == reference.contents()
    assert store.stale() == reference.stale()
    assert store.rows(ids) == reference.rows(ids)
    found, expected = store.vectors(ids), reference.vectors(ids)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[id_], expected[id_]) for id_ in found)
    query = vectors(99, 2)[1]
    for k in (1, 5, 1000):
        assert store.search(query, k) == reference.search(query, k)


@pytest.mark.parametrize("seed", range(4))
def test_both_stores_agree_after_any_operations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(lance_module, "_IDS_AT_ONCE", 3)
    monkeypatch.setattr(lance_module, "_FRAGMENTS", 4)
    choose = random.Random(seed)
    reference, store = MemoryStore(DIM), LanceStore(tmp_path, "f", DIM)
    for step in range(25):
        ids = act([reference, store], choose, step)
        if choose.random() < 0.2:
            store.tidy()
        if choose.random() < 0.2:
            store = LanceStore(tmp_path, "f", DIM)
        agree(reference, store, ids)
    store.tidy()
    assert store.known() == reference.known()


def test_equal_scores_stand_in_the_order_of_paths(tmp_path: Path) -> None:
    rows = [make_row(n, path=f"/p/{name}.jpg") for n, name in enumerate("dbca")]
    same = np.repeat(vectors(0, 1), 4, axis=0)
    for store in (MemoryStore(DIM), LanceStore(tmp_path, "f", DIM)):
        store.put(rows, same)
        order = [store.rows([id_])[id_].path[3] for id_, _ in store.search(same[0], 3)]
        assert order == ["a", "b", "c"]


def test_equal_vectors_score_equal_wherever_they_stand() -> None:
    made, query = vectors(1, 50), vectors(2, 2)[1]
    shuffled = np.random.default_rng(1).permutation(50)
    assert np.array_equal(cosine(made, query)[shuffled], cosine(made[shuffled], query))
    assert len(set(cosine(made, query)[::3].tolist())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only there names are bytes")
def test_a_path_that_is_no_unicode_is_kept(tmp_path: Path) -> None:
    path = os.fsdecode(b"/p/caf\xe9.jpg")
    store = LanceStore(tmp_path, "f", DIM)
    store.put([make_row(1, path=path)], vectors(0, 1))
    assert list(LanceStore(tmp_path, "f", DIM).known()) == [path]
    assert store.rows([make_row(1).id])[make_row(1).id].path == path


def test_two_encoders_have_a_table_each(tmp_path: Path) -> None:
    one, two = LanceStore(tmp_path, "one", DIM), LanceStore(tmp_path, "two", DIM + 1)
    one.put([make_row(1)], vectors(0, 1))
    assert two.known() == {}
    assert one.name != two.name


def test_a_table_of_another_dimension_is_refused(tmp_path: Path) -> None:
    LanceStore(tmp_path, "f", DIM)
    with pytest.raises(LibraryError, match="does not hold"):
        LanceStore(tmp_path, "f", DIM + 1)


def test_a_table_that_cannot_be_read_is_a_library_error(tmp_path: Path) -> None:
    store = LanceStore(tmp_path, "f", DIM)
    store.put([make_row(1)], vectors(0, 1))
    for file in (tmp_path / "tables").rglob("*.lance"):
        if file.is_file():
            file.write_bytes(b"damaged")
    with pytest.raises(LibraryError, match="cannot be used"):
        LanceStore(tmp_path, "f", DIM).known()


def test_many_commits_are_merged_into_few_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance_module, "_FRAGMENTS", 5)
    store = LanceStore(tmp_path, "f", DIM)
    for number in range(8):
        store.put([make_row(number)], vectors(0, 1))
        store.tidy()
    assert len(store.known()) == 8
    assert store._table.stats()["fragment_stats"]["num_fragments"] <= 5


def test_only_new_files_are_flushed_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
    )
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    (tmp_path / "old").touch()
    durable = Durable([tmp_path, tmp_path / "later"])
    durable.sync()
    assert flushed == []
    (tmp_path / "new").touch()
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "x").touch()
    durable.sync()
    assert set(flushed) == {str(tmp_path / p) for p in ("new", "later", "later/x", "")} | {
        str(tmp_path)
    }
    flushed.clear()
    durable.sync()
    assert flushed == []


def test_a_put_is_on_the_disk_when_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    store = LanceStore(tmp_path, "f", DIM)
    store.put([make_row(1)], vectors(0, 1))
    assert len(synced) >= 4  # data, transaction, version, and their folders
