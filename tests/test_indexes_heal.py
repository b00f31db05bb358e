"""What a hard stop, an old program or a broken disk may leave of a table."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import make_row, unit_vectors

from vladva.errors import LibraryError
from vladva.indexes import durable, lance
from vladva.indexes.figures.aged import age
from vladva.indexes.health import heal
from vladva.indexes.lance import LanceStore, table_exists, table_name
from vladva.indexes.library import Library
from vladva.indexes.store import Row
from vladva.protocols import Vectors

DIM, BATCH = 8, 5


def rows(batch: int) -> list[Row]:
    return [make_row(number) for number in range(batch * BATCH, (batch + 1) * BATCH)]


def vectors(batch: int) -> Vectors:
    return unit_vectors(np.random.default_rng(batch), BATCH, DIM)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A table of three commits."""
    store = LanceStore(tmp_path, "f", DIM)
    for batch in range(3):
        store.put(rows(batch), vectors(batch))
    return heal.place_of(tmp_path, table_name("f"))


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-30])


def zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


@pytest.mark.parametrize("hurt", [empty, cut, zeros, Path.unlink])
def test_a_table_whose_newest_version_is_broken_opens_as_it_was_before(
    tmp_path: Path, place: Path, hurt: Callable[[Path], None]
) -> None:
    head = heal.manifests(place)[0]
    hurt(head)
    left = head.read_bytes() if head.exists() else None
    store = LanceStore(tmp_path, "f", DIM)
    assert set(store.known()) == {row.path for batch in range(2) for row in rows(batch)}
    kept = [f.read_bytes() for f in (tmp_path / heal.DAMAGED).rglob("*") if f.is_file()]
    assert kept == ([] if left is None else [left])
    store.put(rows(2), vectors(2))
    assert len(LanceStore(tmp_path, "f", DIM).known()) == 3 * BATCH


def test_a_table_without_any_whole_version_starts_anew(tmp_path: Path, place: Path) -> None:
    heads = heal.manifests(place)
    for file in heads:
        empty(file)
    assert LanceStore(tmp_path, "f", DIM).known() == {}
    assert len(list((tmp_path / heal.DAMAGED).rglob("*.manifest"))) == len(heads)


def test_a_table_whose_making_was_killed_is_made(tmp_path: Path) -> None:
    place = heal.place_of(tmp_path, table_name("f"))
    (place / "data").mkdir(parents=True)
    (place / "_versions").mkdir()
    (place / "_versions" / "18446744073709551614.manifest#1").write_bytes(b"")
    assert not table_exists(tmp_path, "f")
    store = LanceStore(tmp_path, "f", DIM)
    store.put(rows(0), vectors(0))
    assert table_exists(tmp_path, "f")
    assert len(LanceStore(tmp_path, "f", DIM).known()) == BATCH


def test_a_rebuilt_table_takes_its_place_where_the_doctor_was_killed(
    tmp_path: Path, place: Path
) -> None:
    place.rename(heal.rebuilt(place))
    assert table_exists(tmp_path, "f")
    assert len(LanceStore(tmp_path, "f", DIM).known()) == 3 * BATCH


def test_what_is_moved_aside_never_replaces_what_was_moved_before(tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        (tmp_path / "x").write_text(text)
        heal.set_aside(tmp_path, tmp_path / "x")
    texts = sorted(file.read_text() for file in (tmp_path / heal.DAMAGED).iterdir())
    assert texts == ["one", "three", "two"]


def test_a_broken_data_file_is_an_error_that_names_the_doctor(tmp_path: Path, place: Path) -> None:
    empty(next((place / "data").iterdir()))
    with pytest.raises(LibraryError) as caught:
        LanceStore(tmp_path, "f", DIM).known()
    assert "vladva doctor" in caught.value.hint


def test_what_a_merge_replaces_goes_only_after_the_merge_is_on_the_disk(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance, "_FRAGMENTS", 1)
    monkeypatch.setattr(lance, "_RETENTION", timedelta(milliseconds=1))
    store = LanceStore(tmp_path, "f", DIM)
    before = {file.name for file in (place / "data").iterdir()}
    seen: list[set[str]] = []
    sync = durable.Durable.sync

    def watched(self: durable.Durable) -> None:
        seen.append({file.name for file in (place / "data").iterdir()})
        sync(self)

    monkeypatch.setattr(durable.Durable, "sync", watched)
    store.tidy()
    assert before < seen[0]
    assert not before & seen[-1]


def test_a_commit_that_cannot_reach_the_disk_is_an_error_and_is_not_remembered(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LanceStore(tmp_path, "f", DIM)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LibraryError, match="No space left"):
            store.put(rows(3), vectors(3))
    store.put(rows(3), vectors(3))
    assert len(store.known()) == 4 * BATCH


@pytest.fixture
def aged(tmp_path: Path) -> Path:
    """A library of the first version, with a table of three commits."""
    folder = tmp_path / "library"
    with Library.open(folder, create=True):
        store = LanceStore(folder, "f", DIM)
        for batch in range(3):
            store.put(rows(batch), vectors(batch))
    age(folder, "f", DIM)
    return folder


def test_a_table_of_an_older_program_is_read_as_it_is_and_widened_by_the_first_write(
    aged: Path,
) -> None:
    reader, writer = LanceStore(aged, "f", DIM), LanceStore(aged, "f", DIM)
    version = reader.version()
    absent: dict[str, Any] = {
        "beside": "",
        "format": "",
        "animated": 0,
        "lens": None,
        "rating": None,
        "keywords": None,
        "phash": None,
        "facts_version": 0,
    }
    old = {row.id: replace(row, **absent) for batch in range(3) for row in rows(batch)}
    assert reader.rows(old) == old
    assert reader.stale() == {row.path for row in old.values()}
    assert reader.facts().num_rows == len(old)
    assert reader.version() == version
    fresh = rows(0)[3]
    writer.put([fresh], vectors(0)[:1])
    assert writer.rows(old) == {**old, fresh.id: fresh}
    reader.version()
    assert reader.rows([fresh.id]) == {fresh.id: fresh}


def test_a_table_of_a_newer_program_is_refused(tmp_path: Path, place: Path) -> None:
    lance.connect(tmp_path).open_table(table_name("f")).add_columns({"mood": "CAST(1 AS bigint)"})
    with pytest.raises(LibraryError, match="newer program"):
        LanceStore(tmp_path, "f", DIM)
