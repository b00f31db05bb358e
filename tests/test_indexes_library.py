"""The library's folder, its small facts and its lock."""

import multiprocessing
import os
import sqlite3
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from vladva.errors import ConfigError, LibraryError
from vladva.indexes.home import MARKER
from vladva.indexes.library import Active, Failure, Library, default_library_folder
from vladva.indexes.schema import SCHEMA_VERSION


def hold(folder: Path, held: Event, release: Event) -> None:
    with Library.open(folder, create=False) as library, library.lock():
        held.set()
        release.wait(30)


def test_a_library_is_made_on_demand_and_marked(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no library") as caught:
        Library.open(tmp_path / "new", create=False)
    assert "vladva index" in caught.value.hint
    assert not (tmp_path / "new").exists()
    Library.open(tmp_path / "new", create=True).close()
    assert (tmp_path / "new" / MARKER).is_file()
    Library.open(tmp_path / "new", create=False).close()


def test_a_folder_of_something_else_is_never_taken_over(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(LibraryError, match="not a library"):
        Library.open(tmp_path, create=True)
    with pytest.raises(LibraryError, match="not a library"):
        Library.open(tmp_path / "letter.txt", create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_library_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    Library.open(tmp_path / "l", create=True).close()
    database = sqlite3.connect(tmp_path / "l" / "library.db")
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    database.close()
    with pytest.raises(LibraryError, match="newer program") as caught:
        Library.open(tmp_path / "l", create=False)
    assert "pgrade" in caught.value.hint


def test_a_database_that_is_none_is_a_library_error(tmp_path: Path) -> None:
    Library.open(tmp_path / "l", create=True).close()
    (tmp_path / "l" / "library.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(LibraryError, match="is damaged"):
        Library.open(tmp_path / "l", create=False)


def test_ids_are_stable_for_a_path_and_differ_between_libraries(
    tmp_path: Path, library: Library
) -> None:
    path = os.fsdecode(b"/photos/caf\xe9.jpg") if os.name == "posix" else "C:\\a.jpg"
    name = library.photo_id(path)
    assert len(name) == 24
    assert int(name, 16)
    assert library.photo_id(path + "x") != name
    with Library.open(library.folder, create=False) as again:
        assert again.photo_id(path) == name
    with Library.open(tmp_path / "other", create=True) as other:
        assert other.photo_id(path) != name


def test_settings_hold_anything_of_json(library: Library) -> None:
    assert library.get("zoom") is None
    library.set("zoom", {"a": [1, 2.5, None, True]})
    assert library.get("zoom") == {"a": [1, 2.5, None, True]}
    library.set("zoom", None)
    assert library.get("zoom") is None


def test_roots_never_overlap(tmp_path: Path, library: Library) -> None:
    inner, other = tmp_path / "photos" / "2020", tmp_path / "photos2"
    assert library.add_root(inner).path == str(inner)
    assert library.add_root(inner / "june").path == str(inner)
    library.add_root(other)
    assert library.add_root(tmp_path / "photos").path == str(tmp_path / "photos")
    assert [root.path for root in library.roots()] == [str(tmp_path / "photos"), str(other)]


def test_library_and_photos_may_not_lie_inside_each_other(tmp_path: Path, library: Library) -> None:
    for folder in (tmp_path, library.folder, library.folder / "thumbs"):
        with pytest.raises(ConfigError, match="overlap"):
            library.add_root(folder)
    assert library.roots() == []


def test_what_is_known_of_a_root_changes_field_by_field(tmp_path: Path, library: Library) -> None:
    library.add_root(tmp_path / "photos")
    library.set_root(str(tmp_path / "photos"), state="offline", photos=7)
    library.set_root(str(tmp_path / "photos"), dev=2**63 + 5, exclude=["*.png"])
    (root,) = library.roots()
    assert (root.state, root.photos, root.dev, root.exclude) == (
        "offline",
        7,
        2**63 + 5,
        ("*.png",),
    )


def test_failures_are_kept_one_a_path_until_forgiven(tmp_path: Path, library: Library) -> None:
    library.add_root(tmp_path / "p")
    paths = [str(tmp_path / "p" / name) for name in ("b.jpg", os.fsdecode(b"a\xff.jpg"))]
    failures = [Failure(path, "why", "what", 1, 2, "2026-01-01", "") for path in paths]
    library.fail(failures)
    library.fail([Failure(paths[0], "other", "what", 1, 2, "2026-01-02", "e")])
    assert [f.reason for f in library.failures()] == ["why", "other"]
    library.forgive([paths[1]])
    assert [f.path for f in library.failures()] == [paths[0]]
    library.drop_root(tmp_path / "p")
    assert library.failures() == []
    assert library.roots() == []


def test_the_encoder_in_use_is_one_of_those_with_a_table(library: Library) -> None:
    assert library.active() is None
    library.register(Active("one", "f1", 8))
    assert library.active() is None
    library.activate("two", "f2", 16)
    assert library.active() == Active("two", "f2", 16)
    assert [encoder.model for encoder in library.encoders()] == ["one", "two"]


def test_there_is_one_writer_and_the_second_learns_who(library: Library) -> None:
    with library.lock():
        assert library.locked()
        with (
            Library.open(library.folder, create=False) as second,
            pytest.raises(LibraryError, match=f"process {os.getpid()}"),
            second.lock(),
        ):
            pytest.fail("two writers")
    assert not library.locked()
    with library.lock():
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(library: Library) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(library.folder, held, release))
    other.start()
    assert held.wait(30)
    with pytest.raises(LibraryError, match=f"process {other.pid}"), library.lock():
        pytest.fail("two writers")
    other.kill()
    other.join()
    with library.lock():
        pass


def test_threads_share_a_library(library: Library) -> None:
    errors = []

    def work(number: int) -> None:
        try:
            for i in range(20):
                library.set(f"k{number}", i)
                assert library.get(f"k{number}") == i
        except Exception as error:  # noqa: BLE001 - reported below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_the_default_place_is_the_users_data_folder() -> None:
    assert default_library_folder().name == "vladva"
    assert Path.home() in default_library_folder().parents
