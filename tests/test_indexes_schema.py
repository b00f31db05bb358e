"""`library.db`: its versions, its copy, and reading it where nothing can be written."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from vladva.errors import LibraryError
from vladva.indexes import schema
from vladva.indexes.figures.aged import age
from vladva.indexes.health import rescue
from vladva.indexes.library import Failure, Library

FAILURE = Failure("/p/a.jpg", "why", "what", 1, 2, "2026-01-01", "", "decoder 1")

FIRST = {"settings", "roots", "failures", "encoders"}


def tables(version: int) -> set[str]:
    """What a library of this version has."""
    return set(re.findall(r"CREATE TABLE (\w+)", "".join(schema.STEPS[:version])))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library with something of everything, as a writer left it."""
    with Library.open(tmp_path / "library", create=True) as library, library.lock():
        library.add_root(tmp_path / "photos")
        library.fail([FAILURE])
        library.activate("m", "f", 8)
    return tmp_path / "library"


def described(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as db:
        return {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")}


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, allowed: int) -> bool:
    """Whether opening the library needs no more than so many actions of the database."""
    left = [allowed]

    def judge(*_: object) -> int:
        left[0] -= 1
        return sqlite3.SQLITE_OK if left[0] >= 0 else sqlite3.SQLITE_DENY

    def watched(path: Path) -> sqlite3.Connection:
        db = honest(path)
        db.set_authorizer(judge)
        return db

    honest = schema._open
    with monkeypatch.context() as patched:
        patched.setattr(schema, "_open", watched)
        try:
            schema.connect(folder / rescue.NAME).close()
        except LibraryError:
            return False
    return True


def test_a_library_of_the_first_version_becomes_one_of_today(folder: Path) -> None:
    fresh = described(folder / rescue.NAME)
    age(folder, "f", 8)
    assert described(folder / rescue.NAME) != fresh
    with Library.open(folder, create=False) as library:
        assert [failure.path for failure in library.failures()] == [FAILURE.path]
        assert library.failures()[0].decoder == ""
        assert library.active() is not None
    names = {text.split("(")[0] for text in described(folder / rescue.NAME)}
    assert names == {text.split("(")[0] for text in fresh}


def test_a_migration_stopped_at_any_action_is_done_by_the_next_opening(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(folder, "f", 8)
    allowed, versions = 0, set[int]()
    while not opened(folder, monkeypatch, allowed):
        with closing(sqlite3.connect(folder / rescue.NAME)) as db:
            ((version,),) = db.execute("PRAGMA user_version")
            assert {row[0] for row in db.execute(rescue._TABLES)} == tables(version)
        versions.add(version)
        allowed += 1
    assert set(range(1, schema.SCHEMA_VERSION)) <= versions
    assert tables(1) == FIRST
    assert allowed > sum(len(step.split(";")) for step in schema.STEPS[1:])
    with Library.open(folder, create=False) as library:
        assert [failure.path for failure in library.failures()] == [FAILURE.path]


def test_two_programs_that_migrate_at_once_do_it_once(folder: Path) -> None:
    age(folder, "f", 8)
    first, second = (schema._open(folder / rescue.NAME) for _ in range(2))
    with closing(first), closing(second):
        assert schema._version(second) == 1
        schema._migrate(first)
        schema._migrate(second)
        assert schema._version(second) == schema.SCHEMA_VERSION


def test_a_lost_or_broken_database_is_made_of_its_copy_and_what_can_be_read(folder: Path) -> None:
    with Library.open(folder, create=False) as library:
        key = library.get("id_key")
        library.set("after the copy", 1)
    database = folder / rescue.NAME
    for broken in (None, b"", b"no database at all" * 99):
        for log in rescue._beside(database):
            log.unlink(missing_ok=True)
        database.unlink()
        if broken is not None:
            database.write_bytes(broken)
        saved = rescue.rescue(folder)
        assert (saved["roots"], saved["failures"], saved["encoders"]) == (1, 1, 1)
        with Library.open(folder, create=False) as library:
            assert library.get("id_key") == key
            assert library.failures() == [FAILURE]
            active = library.active()
            assert active is not None
            assert active.fingerprint == "f"
            assert library.get("after the copy") is None  # neither could tell


def test_what_a_broken_database_still_tells_is_newer_than_the_copy(folder: Path) -> None:
    with Library.open(folder, create=False) as library:
        library.set("after the copy", 1)
        library.forgive([FAILURE.path])
        library.fail([Failure(f"/q/{n}.jpg", "why" * 99, "", 1, 2, "", "") for n in range(99)])
    database = folder / rescue.NAME
    page = 4096
    data = bytearray(database.read_bytes())
    with closing(sqlite3.connect(database)) as db:
        found = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'failures'")
        root = int(found.fetchone()[0])
    data[(root - 1) * page : root * page] = b"\x55" * page
    database.write_bytes(data)
    assert not schema.is_sound(database)
    rescue.rescue(folder)
    assert schema.is_sound(database)
    with Library.open(folder, create=False) as library:
        assert library.get("after the copy") == 1
        assert library.failures() == [FAILURE]  # the copy's, since these could not be read


def test_a_copy_of_a_broken_database_does_not_replace_a_good_one(folder: Path) -> None:
    good = (folder / rescue.COPY).read_bytes()
    with closing(sqlite3.connect(":memory:")) as empty:
        rescue.copy(empty, folder)
    assert (folder / rescue.COPY).read_bytes() == good
    assert not list(folder.glob("*.tmp"))


def test_a_library_that_has_tables_but_no_database_gets_none_by_itself(folder: Path) -> None:
    (folder / "tables" / "photos-x.lance" / "_versions").mkdir(parents=True)
    (folder / "tables" / "photos-x.lance" / "_versions" / "1.manifest").touch()
    (folder / rescue.NAME).unlink()
    with pytest.raises(LibraryError, match="lost its database") as caught:
        Library.open(folder, create=True)
    assert "doctor --repair" in caught.value.hint


@pytest.mark.parametrize("killed", [False, True])
def test_a_library_that_cannot_be_written_can_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, killed: bool
) -> None:
    if killed:  # its log stays behind, with the last word in it
        writer = Library.open(folder, create=False)
        writer.set("word", "last")
    else:
        with Library.open(folder, create=False) as writer:
            writer.set("word", "last")
    before = {file.name for file in folder.iterdir()}
    monkeypatch.setattr(schema.os, "access", lambda *_: False)
    with Library.open(folder, create=False) as library:
        assert library.get("word") == "last"
        assert len(library.roots()) == 1
        with pytest.raises(LibraryError, match="readonly"):
            library.set("word", "mine")
    assert {file.name for file in folder.iterdir()} == before
    monkeypatch.undo()
    writer.close()


def test_an_old_library_that_cannot_be_written_is_read_as_if_migrated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(folder, "f", 8)
    monkeypatch.setattr(schema.os, "access", lambda *_: False)
    with Library.open(folder, create=False) as library:
        assert [failure.path for failure in library.failures()] == [FAILURE.path]
    monkeypatch.undo()
    with closing(sqlite3.connect(folder / rescue.NAME)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
