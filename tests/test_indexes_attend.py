"""A run that stays: what it notices, what it waits for, what it never takes for a deletion."""

import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEncoder, write_photo
from watching import InlinePool, Run, known, many

from vladva.errors import LibraryError
from vladva.indexes import catalog as catalog_module
from vladva.indexes import reading as reading_module
from vladva.indexes.library import Library, State
from vladva.indexes.status import status
from vladva.indexes.watching import rounds as rounds_module


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "DecodePool", InlinePool)
    monkeypatch.setattr(rounds_module, "CHECK_S", 0.1)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(6):
        write_photo(tmp_path / "photos" / f"{number % 3}" / f"{number:02}.jpg", number)
    return tmp_path / "photos"


def state(library: Library) -> State:
    (root,) = library.roots()
    return root.state


def test_what_happens_in_a_root_is_followed_until_it_is_told_to_stop(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    with Run(library, encoder, photos) as run:
        run.until_watching()
        assert len(run.told("indexed")) == 6
        assert state(library) == "watched"
        new = write_photo(photos / "a" / "b" / "new.jpg", 100)
        run.until(lambda: str(new) in run.told("indexed"))
        assert str(new) in known(library, encoder)
        (photos / "a").rename(photos / "z")
        run.until(lambda: run.told("moved") == [str(photos / "z" / "b" / "new.jpg")])
        late = write_photo(photos / "z" / "b" / "late.jpg", 101)  # its folder is watched anew
        run.until(lambda: str(late) in run.told("indexed"))
        late.unlink()
        run.until(lambda: run.told("removed") == [str(late)])
        assert run.end() < 5  # 2 s, on a machine that does nothing else
    assert state(library) == "idle"
    summary = run.summary
    assert (summary.indexed, summary.moved, summary.removed, summary.encodes) == (8, 1, 1, 8)
    assert [event.kind for event in run.events].count("summary") == 1


def test_a_file_is_taken_once_it_rests_and_not_before(library: Library, photos: Path) -> None:
    data = write_photo(photos.parent / "big.jpg", 7, (640, 480)).read_bytes()
    encoder, target = FakeEncoder(), photos / "slow.jpg"
    with Run(library, encoder, photos, rest=0.4) as run:
        run.until_watching()
        pause = threading.Event()
        for end in range(0, len(data), max(1, len(data) // 10)):  # grows for a second or more
            with target.open("ab") as file:
                file.write(data[end : end + max(1, len(data) // 10)])
            pause.wait(0.1)
            assert not run.told("indexed")[6:]
        run.until(lambda: str(target) in run.told("indexed"))
    assert run.told("skipped") == []
    assert run.summary.decodes == 7


def test_a_renamed_tree_keeps_every_vector(library: Library, photos: Path) -> None:
    encoder = FakeEncoder()
    many(photos / "tree" / "leaf", photos / "0" / "00.jpg", 80)
    with Run(library, encoder, photos) as run:
        run.until_watching()
        encodes, before = encoder.pictures, len(known(library, encoder))
        (photos / "tree").rename(photos / "forest")
        run.until(lambda: len(run.told("moved")) == 80)
    assert encoder.pictures == encodes
    assert len(known(library, encoder)) == before
    assert run.summary.decodes == 86


def test_a_root_that_goes_away_keeps_its_rows_and_is_noticed_when_it_is_back(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    with Run(library, encoder, photos) as run:
        run.until_watching()
        photos.rename(photos.parent / "away")
        run.until(lambda: state(library) == "offline")
        assert len(known(library, encoder)) == 6
        (photos.parent / "away").rename(photos)
        run.until(lambda: state(library) == "watched")
        new = write_photo(photos / "new.jpg", 100)  # it is watched again, not only looked at
        run.until(lambda: str(new) in run.told("indexed"))
    assert any("is back" in getattr(event, "text", "") for event in run.events)
    assert (run.summary.encodes, run.summary.removed, encoder.pictures) == (7, 0, 7)


def test_folders_that_come_back_to_a_root_that_was_away_are_watched_again(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "FUSE_FILES", 2)
    shutil.copytree(photos, photos.parent / "backup")
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        for folder in "01":
            shutil.rmtree(photos / folder)
        run.until(lambda: state(library) == "offline")
        for folder in "01":
            shutil.copytree(photos.parent / "backup" / folder, photos / folder)
        run.until(lambda: state(library) == "watched")
        new = write_photo(photos / "0" / "new.jpg", 100)
        run.until(lambda: str(new) in run.told("indexed"), 20)
    assert run.told("removed") == []


def test_a_root_that_goes_away_is_told_each_time(library: Library, photos: Path) -> None:
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        for times in (1, 2):
            photos.rename(photos.parent / "away")
            run.until(lambda times=times: run.told("skipped") == times * [str(photos)], 20)
            (photos.parent / "away").rename(photos)
            run.until(lambda: state(library) == "watched")


def test_a_root_that_cannot_be_listed_is_away_until_it_can(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, real = FakeEncoder(), os.scandir
    other = write_photo(photos.parent / "other" / "a.jpg", 50)

    def scandir(path: str) -> Any:
        if os.fspath(path) == str(photos):
            raise PermissionError(13, "Permission denied")
        return real(path)

    with Run(library, encoder, photos, other.parent) as run:
        run.until_watching()
        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", scandir)
            run.until(lambda: library.roots()[1].state == "offline")
            new = write_photo(other.with_name("new.jpg"), 51)  # the other root goes on
            run.until(lambda: str(new) in run.told("indexed"))
        run.until(lambda: library.roots()[1].state == "watched")
    assert len(known(library, encoder)) == 8
    assert (run.summary.encodes, run.summary.removed) == (8, 0)


def test_a_deletion_in_many_steps_is_judged_as_one(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "FUSE_FILES", 10)
    encoder = FakeEncoder()
    made = many(photos / "many", photos / "0" / "00.jpg", 40)
    pause = threading.Event()
    with Run(library, encoder, photos, rest=2.0) as run:
        run.until_watching()
        for number, path in enumerate(made[:24]):
            path.unlink()
            if number % 6 == 5:  # each step by itself would blow no fuse
                pause.wait(0.6)
        run.until(lambda: state(library) == "offline")
        assert len(known(library, encoder)) == 46
        for number, path in enumerate(made[:24]):  # from the backup
            path.write_bytes((photos / "0" / "00.jpg").read_bytes() + number.to_bytes(4, "big"))
        run.until(lambda: state(library) == "watched")
    assert run.told("removed") == []
    assert encoder.pictures == 46


def test_an_empty_mount_point_is_no_deletion(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = FakeEncoder()
    with Run(library, encoder, photos) as run:
        run.until_watching()
        library.set_root(str(photos), dev=12345)  # as if the disk had been another one
        for folder in "012":
            shutil.rmtree(photos / folder)
        run.until(lambda: state(library) == "offline")
    assert len(known(library, encoder)) == 6


def test_hidden_and_excluded_folders_are_none_of_its_business(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    with Run(library, encoder, photos, exclude=["raw"]) as run:
        run.until_watching()
        write_photo(photos / "raw" / "deep" / "a.jpg", 100)
        write_photo(photos / ".trash" / "b.jpg", 101)
        write_photo(photos / "@eaDir" / "c.jpg", 102)
        seen = write_photo(photos / "seen.jpg", 103)
        run.until(lambda: str(seen) in run.told("indexed"))
    assert len(run.told("indexed")) == 7


def test_everything_is_found_at_the_next_look_when_nothing_is_noticed(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vladva.indexes.watching import watch as watch_module

    class Deaf:
        def __init__(self, _marks: object) -> None:
            return

        def add(self, *_: object) -> None:
            return

        drop = add

        def close(self) -> None:
            return

    monkeypatch.setattr(watch_module, "system_backend", Deaf)
    encoder = FakeEncoder()
    with Run(library, encoder, photos, every=0.5) as run:
        run.until_watching()
        new = write_photo(photos / "new.jpg", 100)
        run.until(lambda: str(new) in run.told("indexed"))


def test_a_file_that_stays_broken_is_told_once(library: Library, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    with Run(library, FakeEncoder(), photos, every=0.3) as run:
        run.until_watching()
        for number in range(3):
            new = write_photo(photos / f"new{number}.jpg", 100 + number)
            run.until(lambda new=new: str(new) in run.told("indexed"))
    assert run.told("skipped") == [str(photos / "broken.jpg")]


def test_a_run_that_was_killed_watches_nothing(library: Library, photos: Path) -> None:
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        assert [root.state for root in status(library).roots] == ["watched"]
    library.set_root(str(photos), state="watched")  # as kill -9 leaves it
    assert [root.state for root in status(library).roots] == ["idle"]


@pytest.mark.skipif(sys.platform != "linux", reason="the thread is that of inotify")
def test_a_library_that_fails_at_the_end_leaves_no_watch_behind(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LibraryError("The disk is full.", "")

    run = Run(library, FakeEncoder(), photos)
    run.until_watching()
    monkeypatch.setattr(library, "set_root", broken)
    run.end()
    assert isinstance(run.error, LibraryError)
    assert "inotify" not in {thread.name for thread in threading.enumerate()}


def test_a_run_without_folders_watches_all_roots_even_if_there_is_none(library: Library) -> None:
    with Run(library, FakeEncoder()) as run:
        run.until_watching()
    assert [event.kind for event in run.events] == ["watching", "summary"]
