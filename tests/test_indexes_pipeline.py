"""Whole runs on small photos: what is told, what is kept, what is never lost."""

import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder, HostilePrepare, write_colour, write_photo

from vladva.errors import ConfigError, LibraryError
from vladva.images import open_image
from vladva.indexes import catalog as catalog_module
from vladva.indexes import pool as pool_module
from vladva.indexes import reading as reading_module
from vladva.indexes.events import Event, Indexed, Progress, Summary
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.thumbs import thumb_path
from vladva.protocols import Prepared, Vectors


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(12):
        write_photo(tmp_path / "photos" / f"{number % 3}" / f"{number:02}.jpg", number)
    return tmp_path / "photos"


def run(
    library: Library, encoder: FakeEncoder, *folders: Path, **options: Any
) -> tuple[Summary, list[Event]]:
    events = list(index_folders(library, encoder, folders, workers=1, **options))
    summary = events[-1]
    assert isinstance(summary, Summary)
    counts = Counter(event.kind for event in events)
    for kind, count in {
        "indexed": summary.indexed,
        "copy": summary.copies,
        "moved": summary.moved,
        "removed": summary.removed,
        "skipped": summary.skipped,
        "summary": 1,
    }.items():
        assert counts[kind] == count, kind
    assert summary.encodes <= summary.decodes
    return summary, events


def told(events: list[Event], kind: str) -> list[str]:
    return sorted(event.path for event in events if event.kind == kind)


def rows(library: Library, encoder: FakeEncoder) -> dict[str, np.ndarray]:
    store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
    ids = {library.photo_id(path): path for path in store.known()}
    return {ids[id_]: vector for id_, vector in store.vectors(ids).items()}


def check(library: Library, encoder: FakeEncoder) -> int:
    """Every row is the vector of the picture that lies at its path now, with its thumbnail."""
    found = rows(library, encoder)
    for path, vector in found.items():
        expected = encoder.encode([encoder.prepare(open_image(path))])[0]
        assert np.allclose(vector, expected, atol=1e-6), path
        assert thumb_path(library, library.photo_id(path)).is_file()
    thumbs = list((library.folder / "thumbs").rglob("*.*"))
    assert len(thumbs) == len(found)
    return len(found)


def quiet(summary: Summary) -> tuple[int, ...]:
    return summary.decodes, summary.encodes, summary.indexed, summary.moved, summary.removed


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


def test_a_missing_root_is_offline_and_keeps_its_rows(library: Library, photos: Path) -> None:
    encoder = FakeEncoder()
    run(library, encoder, photos)
    photos.rename(photos.with_name("away"))
    summary, events = run(library, encoder, photos)
    assert (summary.offline_roots, summary.removed) == (1, 0)
    assert told(events, "skipped") == [str(photos)]
    assert [root.state for root in library.roots()] == ["offline"]
    assert len(rows(library, encoder)) == 12
    photos.with_name("away").rename(photos)
    summary, _ = run(library, encoder, photos)
    assert (summary.unchanged, summary.encodes, summary.offline_roots) == (12, 0, 0)
    assert [root.state for root in library.roots()] == ["idle"]


def test_a_folder_that_cannot_be_listed_keeps_its_rows(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = FakeEncoder()
    run(library, encoder, photos)
    real = os.scandir

    def scandir(path: os.PathLike[str] | str) -> Any:
        if os.fspath(path).endswith("0"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    summary, _ = run(library, encoder, photos)
    assert (summary.unchanged, summary.removed, summary.skipped) == (8, 0, 1)
    assert len(rows(library, encoder)) == 12


def test_the_fuse_keeps_rows_until_the_folder_is_forgotten(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "FUSE_FILES", 5)
    encoder = FakeEncoder()
    run(library, encoder, photos)
    for photo in list(photos.rglob("*.jpg"))[:6]:
        photo.unlink()
    write_photo(photos / "new.jpg", 500)
    summary, events = run(library, encoder, photos)
    assert (summary.removed, summary.offline_roots, summary.indexed) == (0, 1, 1)
    (skip,) = [event for event in events if event.kind == "skipped"]
    assert "6 photos" in skip.reason
    assert "vladva forget" in skip.hint
    assert len(rows(library, encoder)) == 13
    assert [root.state for root in library.roots()] == ["offline"]
    from vladva.indexes.forget import forget

    assert forget(library, photos) == 13
    summary, _ = run(library, encoder, photos)
    assert (summary.indexed, summary.offline_roots) == (7, 0)
    assert check(library, encoder) == 7


def test_another_disk_in_the_same_place_is_no_reason_to_delete(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    run(library, encoder, photos)
    library.set_root(str(photos), dev=12345)
    for photo in list(photos.rglob("*.jpg"))[:11]:
        photo.unlink()
    summary, _ = run(library, encoder, photos)
    assert (summary.removed, summary.offline_roots) == (0, 1)


def test_what_a_glob_excludes_goes_without_question_and_stays_away(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "FUSE_FILES", 1)
    encoder = FakeEncoder()
    run(library, encoder, photos)
    summary, _ = run(library, encoder, photos, exclude=["0", "1/*"])
    assert (summary.removed, summary.offline_roots) == (8, 0)
    summary, _ = run(library, encoder, photos)
    assert (summary.unchanged, summary.indexed) == (4, 0)
    summary, _ = run(library, encoder, photos, exclude=[""])
    assert summary.indexed == 8


def test_overlapping_roots_index_a_photo_once(library: Library, photos: Path) -> None:
    encoder = FakeEncoder()
    first, _ = run(library, encoder, photos / "0")
    both, _ = run(library, encoder, photos, photos / "1", photos / "0")
    assert (first.indexed, both.indexed, both.unchanged) == (4, 8, 4)
    assert [root.path for root in library.roots()] == [str(photos)]
    part, _ = run(library, encoder, photos / "2")
    assert (part.unchanged, part.removed) == (4, 0)
    assert len(rows(library, encoder)) == 12


def test_folders_that_cannot_be_indexed_are_refused_at_once_and_all_together(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "file.jpg").touch()
    with pytest.raises(ConfigError) as caught:
        index_folders(library, FakeEncoder(), [tmp_path / "nowhere", tmp_path / "file.jpg"])
    assert "nowhere does not exist" in caught.value.message
    assert "file.jpg is not a folder" in caught.value.message
    with pytest.raises(ConfigError, match="overlap"):
        list(index_folders(library, FakeEncoder(), [tmp_path]))
    with pytest.raises(ConfigError, match="no folder"):
        index_folders(library, FakeEncoder(), [])


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


def test_an_empty_folder_is_a_root_of_no_photos(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    summary, _ = run(library, FakeEncoder(), tmp_path / "empty")
    assert quiet(summary) == (0, 0, 0, 0, 0)
    assert [Path(root.path).name for root in library.roots()] == ["empty"]
