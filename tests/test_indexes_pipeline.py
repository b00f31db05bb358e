"""Whole runs on small photos: what is told, what is kept, what is never lost."""

import os
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import indexes_runs
import pytest
from fakes import FakeEncoder, HostilePrepare, write_colour, write_photo
from indexes_runs import check, quiet, rows, run, told

from vladva.errors import LibraryError
from vladva.indexes import pool as pool_module
from vladva.indexes import reading as reading_module
from vladva.indexes.events import Indexed, Progress, Summary
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.protocols import Prepared, Vectors

photos = indexes_runs.photos


def test_a_library_follows_its_photos_through_everything(library: Library, photos: Path) -> None:
    encoder = FakeEncoder()
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    (photos / "notes.txt").write_text("no photo")
    shutil.copy(photos / "0" / "00.jpg", photos / "copy.jpg")
    first, events = run(library, encoder, photos)
    assert (first.indexed, first.copies, first.skipped) == (12, 1, 1)
    assert (first.decodes, first.encodes, encoder.pictures) == (14, 12, 12)
    assert told(events, "skipped") == [str(photos / "broken.jpg")]
    assert check(library, encoder) == 13

    encoder = FakeEncoder()
    again, events = run(library, encoder, photos)
    assert (again.unchanged, again.skipped) == (13, 1)  # the broken one is still told
    assert quiet(again) == (0, 0, 0, 0, 0)

    (photos / "0").rename(photos / "renamed")  # 4 photos
    (photos / "1" / "01.jpg").rename(photos / "new name.jpg")
    write_photo(photos / "1" / "04.jpg", 104)
    (photos / "1" / "07.jpg").unlink()
    write_photo(photos / "1" / "new.jpg", 200)
    os.utime(photos / "2" / "02.jpg", ns=(1, 1))
    write_photo(photos / "broken.jpg", 300)
    shutil.copy(photos / "2" / "05.jpg", photos / "copy2.jpg")
    third, events = run(library, encoder, photos)
    assert (third.moved, third.removed, third.copies, third.skipped) == (5, 1, 1, 0)
    expected = ["1/04.jpg", "1/new.jpg", "2/02.jpg", "broken.jpg"]
    assert told(events, "indexed") == [str(photos / name) for name in expected]
    assert (third.decodes, third.encodes) == (5, 3)  # the touched one keeps its vector
    assert check(library, encoder) == 15
    assert library.failures() == []
    assert [root.photos for root in library.roots()] == [15]
    fourth, _ = run(library, encoder, photos)
    assert fourth.unchanged == 15
    assert quiet(fourth) == (0, 0, 0, 0, 0)


def test_a_file_that_breaks_loses_its_row_and_is_left_alone_until_it_changes(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    run(library, encoder, photos)
    broken = photos / "0" / "00.jpg"
    broken.write_bytes(b"\xff\xd8\xff")
    summary, events = run(library, encoder, photos)
    assert told(events, "skipped") == [str(broken)]
    assert str(broken) not in rows(library, encoder)
    assert check(library, encoder) == 11
    summary, _ = run(library, encoder, photos)
    assert (summary.skipped, summary.decodes) == (1, 0)
    broken.unlink()
    summary, _ = run(library, encoder, photos)
    assert (summary.skipped, library.failures()) == (0, [])


def test_a_photo_moved_across_file_systems_keeps_its_vector(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = FakeEncoder()
    run(library, encoder, photos)
    for name in ("00", "03"):
        old = photos / "0" / f"{name}.jpg"
        shutil.copyfile(old, photos / f"moved {name}.jpg")
        old.unlink()
    summary, _ = run(library, encoder, photos)
    assert (summary.moved, summary.decodes, summary.encodes) == (2, 2, 0)
    assert (summary.removed, summary.indexed, summary.copies) == (0, 0, 0)
    assert check(library, encoder) == 12


def test_files_that_kill_or_stall_a_child_cost_one_file_each(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "TIMEOUT_S", 2.0)
    monkeypatch.setattr(
        pool_module.DecodePool.__init__, "__kwdefaults__", {"workers": None, "timeout": 2.0}
    )
    for name, colour in {"kills": "red", "stalls": "lime", "annoys": "blue"}.items():
        write_colour(photos / f"{name}.png", colour)
    encoder = FakeEncoder(prepare=HostilePrepare())
    summary, events = run(library, encoder, photos)
    assert (summary.indexed, summary.skipped) == (12, 3)
    lasting = set(told(events, "skipped")) - {str(photos / "stalls.png")}
    assert {f.path for f in library.failures()} == lasting
    again, _ = run(library, encoder, photos)  # what stalled did nothing: its disk may be awake now
    assert (again.skipped, again.unchanged, again.decodes) == (3, 12, 1)
    other = FakeEncoder(seed=5)  # may well take what the first refused, but not what kills
    summary, _ = run(library, other, photos)
    assert (summary.indexed, summary.skipped) == (14, 1)


def test_two_encoders_have_tables_of_their_own_and_the_new_one_takes_over_at_the_end(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    one, two = FakeEncoder("one"), FakeEncoder("two", dim=9, seed=3)
    write_photo(tmp_path / "other" / "x.jpg", 77)
    events = index_folders(library, one, [photos], workers=1)
    next(event for event in events if isinstance(event, Indexed))
    assert library.active() is not None  # the first is of use at once
    list(events)
    run(library, one, tmp_path / "other")
    for event in index_folders(library, two, [photos], workers=1):
        if not isinstance(event, Summary):
            assert library.active().model == "one"
    assert library.active().model == "two"
    assert library.get("building") is None
    assert check(library, two) == 13  # every root, not only the one that was named
    assert one.pictures == 13


def test_a_run_that_is_stopped_loses_nothing_that_was_encoded(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "COMMIT_S", 1000.0)
    encoder, stop = FakeEncoder(), threading.Event()
    real = encoder.encode

    def encode(pictures: Sequence[Prepared]) -> Vectors:
        made = real(pictures)
        if encoder.pictures >= 6:
            stop.set()
        return made

    encoder.encode = encode
    summary, events = run(library, encoder, photos, batch_size=3, stop=stop)
    assert summary.indexed == summary.encodes == 6
    assert sorted(rows(library, encoder)) == told(events, "indexed")
    assert not library.locked()
    encoder = FakeEncoder()
    summary, _ = run(library, encoder, photos)
    assert (summary.unchanged, summary.indexed, encoder.pictures) == (6, 6, 6)
    assert check(library, encoder) == 12


@pytest.mark.parametrize("ending", ["close", "interrupt"])
def test_a_run_that_is_broken_off_commits_and_lets_go(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(reading_module, "COMMIT_S", 1000.0)
    encoder = FakeEncoder()
    real = encoder.encode

    def encode(pictures: Sequence[Prepared]) -> Vectors:
        if ending == "interrupt" and encoder.pictures >= 6:
            raise KeyboardInterrupt
        return real(pictures)

    encoder.encode = encode
    before = threading.active_count()
    events = index_folders(library, encoder, [photos], batch_size=3, workers=1)
    if ending == "interrupt":
        with pytest.raises(KeyboardInterrupt):
            list(events)
        committed = 6
    else:
        while encoder.pictures < 6:
            monkeypatch.setattr("vladva.indexes.pace._INTERVAL_S", 0.0)
            next(events)
        events.close()
        committed = encoder.pictures
    assert len(rows(library, encoder)) == committed
    assert not library.locked()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_second_run_is_refused_while_the_first_is_on(library: Library, photos: Path) -> None:
    first = index_folders(library, FakeEncoder(), [photos], workers=1)
    next(event for event in first if isinstance(event, Indexed))
    with pytest.raises(LibraryError, match=str(os.getpid())):
        list(index_folders(library, FakeEncoder(), [photos]))
    first.close()


def test_progress_counts_up_to_the_end_and_rows_are_there_when_told(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder(delay_s=0.1)
    seen = 0
    for event in index_folders(library, encoder, [photos], batch_size=2, workers=1):
        if isinstance(event, Indexed):
            seen += 1
            store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
            assert event.path in store.known()
        if isinstance(event, Progress):
            assert event.total in (0, 12)
            assert event.done == seen
    assert seen == 12


def test_files_are_opened_read_only_and_stay_as_they_are(library: Library, photos: Path) -> None:
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in photos.rglob("*") if p.is_file()}
    run(library, FakeEncoder(), photos)
    after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in photos.rglob("*") if p.is_file()}
    assert before == after


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
def test_a_photo_whose_name_is_no_unicode_is_indexed_moved_and_dropped(
    library: Library, tmp_path: Path
) -> None:
    encoder, folder = FakeEncoder(), tmp_path / "photos"
    photo = write_photo(folder / "a.jpg", 1)
    odd = photo.rename(folder / os.fsdecode(b"caf\xe9.jpg"))
    (folder / os.fsdecode(b"bad\xff.jpg")).write_bytes(b"\xff\xd8")
    summary, _ = run(library, encoder, folder)
    assert (summary.indexed, summary.skipped) == (1, 1)
    odd.rename(folder / os.fsdecode(b"th\xe9.jpg"))
    summary, _ = run(library, encoder, folder)
    assert (summary.moved, summary.skipped) == (1, 1)
    assert check(library, encoder) == 1
