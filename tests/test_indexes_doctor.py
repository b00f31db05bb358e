"""What the doctor finds, and what it mends."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fakes import FakeEncoder, make_row, unit_vectors, write_photo

from vladva.errors import LibraryError
from vladva.indexes import resident, schema
from vladva.indexes.health import doctor, heal, machine
from vladva.indexes.health.doctor import examine, repair
from vladva.indexes.health.finding import Finding
from vladva.indexes.health.probe import PREFIX, probe
from vladva.indexes.lance import LanceStore, table_name
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.resident import Resident

DIM, BATCH, BATCHES = 8, 5, 4


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a table of a few commits."""
    folder = tmp_path_factory.mktemp("healthy") / "library"
    with Library.open(folder, create=True) as library, library.lock():
        library.add_root("/p")
        library.activate("m", "f", DIM)
        store = LanceStore(folder, "f", DIM)
        for batch in range(BATCHES):
            rows = [make_row(number) for number in range(batch * BATCH, (batch + 1) * BATCH)]
            named = [replace(row, id=library.photo_id(row.path)) for row in rows]
            store.put(named, unit_vectors(np.random.default_rng(batch), BATCH, DIM))
    return folder


@pytest.fixture
def folder(healthy: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(healthy, tmp_path / "library"))


def table(folder: Path) -> Path:
    return heal.place_of(folder, table_name("f"))


def errors(folder: Path) -> list[Finding]:
    return [finding for finding in examine(folder) if finding.severity == "error"]


def known(folder: Path) -> int:
    return len(LanceStore(folder, "f", DIM).known())


def test_a_healthy_library_has_no_errors_and_nothing_to_mend(folder: Path) -> None:
    assert errors(folder) == []
    assert repair(folder) == []
    assert known(folder) == BATCH * BATCHES
    assert not (folder / heal.DAMAGED).exists()
    assert not list(folder.glob(f"{PREFIX}*"))


def test_thumbnails_that_were_lost_are_found_and_drawn_again(
    library: Library, tmp_path: Path
) -> None:
    for number in range(3):
        write_photo(tmp_path / "photos" / f"{number}.jpg", number)
    list(index_folders(library, FakeEncoder(), [tmp_path / "photos"], workers=1))
    thumbs = {file: file.read_bytes() for file in (library.folder / "thumbs").rglob("*.jpg")}
    for file in list(thumbs)[:2]:
        file.unlink()
    (note,) = [found for found in examine(library.folder) if found.repairable]
    assert "2 thumbnails" in note.what
    assert note.severity == "note"
    assert repair(library.folder) == ["Drew 2 of 2 missing thumbnails."]
    assert {file: file.read_bytes() for file in thumbs} == thumbs
    assert not [found for found in examine(library.folder) if found.repairable]


def test_where_there_is_no_library_there_is_nothing_to_examine(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no library"):
        examine(tmp_path / "x")


def cut_data(folder: Path) -> int:
    file = sorted((table(folder) / "data").iterdir())[1]
    file.write_bytes(file.read_bytes()[:500])
    return BATCH


def lose_data(folder: Path) -> int:
    min((table(folder) / "data").iterdir()).unlink()
    return BATCH


def zero_head(folder: Path) -> int:
    heal.manifests(table(folder))[0].write_bytes(b"")
    return BATCH


def garble_head(folder: Path) -> int:
    head = heal.manifests(table(folder))[0]
    data = bytearray(head.read_bytes())
    data[40:200] = b"\xff" * 160
    head.write_bytes(data)
    return BATCH


def lose_versions(folder: Path) -> int:
    shutil.rmtree(table(folder) / "_versions")
    return BATCH * BATCHES


def lengthen_vectors(folder: Path) -> int:
    with Library.open(folder, create=False) as library:
        row = replace(make_row(1), id=library.photo_id(make_row(1).path))
    LanceStore(folder, "f", DIM).put([row], np.full((1, DIM), 3, np.float32))
    return 1


def misname_a_row(folder: Path) -> int:
    LanceStore(folder, "f", DIM).put([make_row(77)], unit_vectors(np.random.default_rng(7), 1, DIM))
    return 0  # of the good ones


@pytest.mark.parametrize(
    "hurt",
    [
        cut_data,
        lose_data,
        zero_head,
        garble_head,
        lose_versions,
        lengthen_vectors,
        misname_a_row,
    ],
)
def test_a_broken_table_is_found_and_made_of_what_can_be_read(
    folder: Path, hurt: Callable[[Path], int]
) -> None:
    lost = hurt(folder)
    assert [finding.repairable for finding in errors(folder)] == [True]
    assert len(repair(folder)) == 1
    assert errors(folder) == []
    assert known(folder) == BATCH * BATCHES - lost
    assert repair(folder) == []


def test_a_deletion_list_that_cannot_be_read_costs_what_came_after_it(folder: Path) -> None:
    store = LanceStore(folder, "f", DIM)
    store.drop(sorted(store._known_ids())[:1])
    for file in (table(folder) / "_deletions").iterdir():
        file.write_bytes(b"")
    assert [finding.repairable for finding in errors(folder)] == [True]
    repair(folder)
    assert known(folder) == BATCH * BATCHES  # the next run drops it again: its file is gone


def test_a_broken_table_that_is_mended_is_kept_aside(folder: Path) -> None:
    cut_data(folder)
    before = {file.read_bytes() for file in (table(folder) / "data").iterdir()}
    repair(folder)
    aside = {file.read_bytes() for file in (folder / heal.DAMAGED).rglob("*") if file.is_file()}
    assert before <= aside
    notes = [finding.where for finding in examine(folder) if finding.severity == "note"]
    assert str(folder / heal.DAMAGED) in notes


def test_a_broken_database_is_found_and_mended(folder: Path) -> None:
    (folder / "library.db").write_bytes(b"no database at all" * 99)
    assert [finding.repairable for finding in errors(folder)] == [True]
    assert "1 folders" in repair(folder)[0]
    assert errors(folder) == []
    assert known(folder) == BATCH * BATCHES
    with Library.open(folder, create=False) as library:
        assert [root.path for root in library.roots()] == ["/p"]


def test_a_library_of_a_newer_program_is_not_for_this_doctor_to_mend(folder: Path) -> None:
    with Library.open(folder, create=False) as library:
        library._query(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    assert [finding.repairable for finding in errors(folder)] == [False]
    with pytest.raises(LibraryError, match="newer program"):
        repair(folder)


@pytest.fixture
def filed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of resident vectors of a library."""
    monkeypatch.setattr(resident, "_FILE_FROM", 2)
    Resident(LanceStore(folder, "f", DIM), folder / "resident").snapshot()
    (file,) = (folder / "resident").iterdir()
    return file


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def alter(file: Path) -> None:
    vectors = LanceStore(file.parents[1], "f", DIM).written_after(0)["vector"]
    old = np.asarray(vectors[7].as_py(), np.float32).tobytes()
    data = file.read_bytes()
    assert data.count(old) >= 1
    file.write_bytes(data.replace(old, np.zeros(DIM, np.float32).tobytes()))


@pytest.mark.parametrize("hurt", [cut, alter])
def test_resident_vectors_that_are_not_the_tables_are_found_and_made_again(
    folder: Path, filed: Path, hurt: Callable[[Path], None]
) -> None:
    assert [f for f in examine(folder) if f.severity != "note"] == []
    hurt(filed)
    assert [f.repairable for f in examine(folder) if f.severity != "note"] == [True]
    assert len(repair(folder)) == 1
    assert not filed.exists()
    store = LanceStore(folder, "f", DIM)
    snapshot = Resident(store, folder / "resident").snapshot()
    held = dict(zip(snapshot.facts["id"].to_pylist(), snapshot.vectors(np.arange(20)), strict=True))
    truth = store.vectors(held)
    assert all(np.array_equal(held[id_], truth[id_]) for id_ in held)


def test_nothing_is_mended_while_another_program_writes(folder: Path) -> None:
    with Library.open(folder, create=False) as library, library.lock():
        with pytest.raises(LibraryError, match="another program"):
            repair(folder)
        assert errors(folder) == []


def test_a_disk_without_hard_links_is_told_and_nothing_is_left(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)
    with pytest.raises(LibraryError, match="hard links") as caught:
        Library.open(tmp_path / "new", create=True)
    assert "--library" in caught.value.hint
    assert not (tmp_path / "new").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(LibraryError, match="hard links"):
        Library.open(tmp_path / "empty", create=True)
    assert list((tmp_path / "empty").iterdir()) == []
    assert ["hard links" in finding.what for finding in errors(folder)] == [True]


def test_what_a_killed_probe_leaves_does_not_keep_a_library_out(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}1").touch()
    Library.open(tmp_path, create=True).close()
    probe(tmp_path)


def test_a_full_disk_and_an_old_processor_are_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    assert ["MiB left" in finding.what for finding in errors(folder)] == [True]
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags : sse4 avx")
    assert [finding.severity for finding in machine.processor(cpuinfo)] == ["error"]
    cpuinfo.write_text("flags : sse4 avx avx2")
    assert list(machine.processor(cpuinfo)) == []
    monkeypatch.setattr(doctor, "processor", lambda: iter([Finding("old", "here", "error")]))
    (finding,) = examine(folder)
    assert finding.what == "old"


def test_more_folders_than_can_be_watched_and_offline_folders_are_warnings(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "max_user_watches"
    limit.write_text("3\n")
    monkeypatch.setattr(machine, "_WATCHES", limit)
    with Library.open(folder, create=False) as library:
        library.set_root("/p", state="offline")
    warnings = [finding for finding in examine(folder) if finding.severity == "warning"]
    assert {finding.where for finding in warnings} == {"/p", str(limit)}
    assert any("fs.inotify.max_user_watches" in finding.remedy for finding in warnings)
