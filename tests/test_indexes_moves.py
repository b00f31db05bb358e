"""Whole runs over photos that move or get companions: no row gets another picture."""

import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder, write_photo
from PIL import Image

from vladva.images import open_image
from vladva.indexes import changes as changes_module
from vladva.indexes import survey as survey_module
from vladva.indexes.catalog import FileStamp, Move
from vladva.indexes.changes import _safe_parts
from vladva.indexes.events import Event, Summary
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.store import Row
from vladva.indexes.thumbs import thumb_path


def run(library: Library, *folders: Path, exclude: Sequence[str] = ()) -> Summary:
    *_, summary = index_folders(library, FakeEncoder(), folders, exclude=exclude, workers=1)
    assert isinstance(summary, Summary)
    return summary


def rows(library: Library) -> dict[str, Row]:
    """Name → row; every row's vector and thumbnail are those of the picture at its path."""
    encoder = FakeEncoder()
    store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
    ids = {library.photo_id(path) for path in store.known()}
    vectors = store.vectors(ids)
    found = store.rows(ids)
    for id_, row in found.items():
        image = open_image(row.path)
        expected = encoder.encode([encoder.prepare(image)])[0]
        assert np.allclose(vectors[id_], expected, atol=1e-6), row.path
        with Image.open(thumb_path(library, id_)) as thumb:
            drift = np.abs(np.asarray(thumb, float) - np.asarray(image, float)).mean()
        assert drift < 8, row.path
    assert len(list((library.folder / "thumbs").rglob("*.*"))) == len(found)
    return {Path(row.path).name: row for row in found.values()}


def shuffle(folder: Path, names: dict[str, str]) -> None:
    """Rename many files at once, old name → new name."""
    for old in names:
        (folder / old).rename(folder / f"{old}.tmp")
    for old, new in names.items():
        (folder / f"{old}.tmp").rename(folder / new)


def test_a_tree_that_is_renamed_costs_no_decode(library: Library, tmp_path: Path) -> None:
    for number in range(60):
        write_photo(tmp_path / "a" / "old" / f"{number % 3}" / f"{number}.jpg", number)
    (tmp_path / "a" / "old" / "0" / "0.xmp").write_text("<x/>")
    run(library, tmp_path / "a")
    (tmp_path / "a" / "old").rename(tmp_path / "a" / "new")
    again = run(library, tmp_path / "a")
    assert (again.moved, again.decodes, again.encodes, again.removed) == (60, 0, 0, 0)
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "new").rename(tmp_path / "b" / "new")
    across = run(library, tmp_path / "a", tmp_path / "b")
    assert (across.moved, across.decodes, across.encodes) == (60, 0, 0)
    assert len(rows(library)) == 60


@pytest.mark.parametrize("at_once", [1, 512])
def test_names_that_are_swapped_and_shifted_keep_their_vectors(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(changes_module, "_ROWS_AT_ONCE", at_once)
    folder = tmp_path / "a"
    for number in range(9):  # of one size and time, so that only the inode tells them apart
        path = write_photo(folder / f"{number}.jpg", number)
        path.write_bytes(path.read_bytes().ljust(4000, b"\0"))
        os.utime(path, ns=(10**18, 10**18))
    run(library, folder)
    before = {name: row.content for name, row in rows(library).items()}
    ring = {
        "0.jpg": "1.jpg",
        "1.jpg": "0.jpg",
        "2.jpg": "3.jpg",
        "3.jpg": "4.jpg",
        "4.jpg": "2.jpg",
    }
    chain = {"5.jpg": "6.jpg", "6.jpg": "7.jpg", "7.jpg": "70.jpg"}
    shuffle(folder, ring | chain)
    (folder / "8.jpg").unlink()
    summary = run(library, folder)
    assert (summary.moved, summary.removed) == (8, 1)
    assert (summary.decodes, summary.encodes, summary.indexed) == (0, 0, 0)
    after = {name: row.content for name, row in rows(library).items()}
    assert after == {new: before[old] for old, new in (ring | chain).items()}
    assert run(library, folder).unchanged == 8


def test_commits_never_overwrite_a_row_that_has_yet_to_move(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changes_module, "_ROWS_AT_ONCE", 2)
    target = {0: 1, 1: 2, 2: 0, 3: 4, 4: 5, 5: 6, 7: 8, 8: 7, 9: 10}
    stamp = FileStamp("", 1, 1, 1, 1)
    moves = [
        Move(stamp._replace(path=str(old)), stamp._replace(path=str(new)))
        for old, new in target.items()
    ]
    held = {old: old for old in target}  # place → picture
    for part in _safe_parts(moves):
        taken = {int(m.new.path): held[int(m.old.path)] for m in part}
        for m in part:
            held.pop(int(m.old.path))
        held.update(taken)
    assert held == {new: old for old, new in target.items()}


def test_a_copy_in_the_place_of_a_moved_photo_gets_a_row(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    write_photo(folder / "a.jpg", 1)
    run(library, folder)
    (folder / "a.jpg").rename(folder / "b.jpg")
    shutil.copy2(folder / "b.jpg", folder / "a.jpg")
    summary = run(library, folder)
    assert (summary.moved, summary.copies, summary.encodes, summary.removed) == (1, 1, 0, 0)
    assert set(rows(library)) == {"a.jpg", "b.jpg"}


def test_two_copies_of_a_photo_that_left_its_disk_are_a_move_and_a_copy(
    library: Library, tmp_path: Path
) -> None:
    old = write_photo(tmp_path / "a" / "x.jpg", 1)
    run(library, tmp_path / "a")
    for name in "yz":
        shutil.copy(old, tmp_path / "a" / f"{name}.jpg")
    old.unlink()
    summary = run(library, tmp_path / "a")
    assert (summary.moved, summary.copies, summary.encodes) == (1, 1, 0)
    assert set(rows(library)) == {"y.jpg", "z.jpg"}


def test_a_photo_that_moves_into_the_other_root_alone_is_not_encoded_again(
    library: Library, tmp_path: Path
) -> None:
    for name in "ab":
        write_photo(tmp_path / name / f"{name}.jpg", ord(name))
    run(library, tmp_path / "a", tmp_path / "b")
    (tmp_path / "a" / "a.jpg").rename(tmp_path / "b" / "moved.jpg")
    assert run(library, tmp_path / "b").encodes == 0
    run(library, tmp_path / "a")
    assert set(rows(library)) == {"b.jpg", "moved.jpg"}


def test_hard_links_and_names_that_differ_in_case_keep_their_vectors(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    write_photo(folder / "a.jpg", 1)
    (folder / "b.jpg").hardlink_to(folder / "a.jpg")
    first = run(library, folder)
    assert (first.indexed, first.copies, first.encodes) == (1, 1, 1)
    shuffle(folder, {"a.jpg": "A.JPG", "b.jpg": "c.jpg"})
    again = run(library, folder)
    assert (again.moved, again.encodes, again.removed) == (2, 0, 0)
    assert set(rows(library)) == {"A.JPG", "c.jpg"}
    assert run(library, folder).unchanged == 2


def test_a_sidecar_that_comes_late_is_told_without_an_encode(
    library: Library, tmp_path: Path
) -> None:
    photo = write_photo(tmp_path / "a" / "a.jpg", 1)
    run(library, tmp_path / "a")
    assert rows(library)["a.jpg"].caption is None
    photo.with_suffix(".txt").write_text("a lighthouse")
    for caption in ("a lighthouse", None):
        summary = run(library, tmp_path / "a")
        assert (summary.indexed, summary.encodes) == (1, 0)
        assert rows(library)["a.jpg"].caption == caption
        photo.with_suffix(".txt").unlink(missing_ok=True)


@pytest.mark.parametrize("what", ["moved", "removed"])
def test_a_run_that_is_stopped_ends_between_two_commits_of_what_moved_or_went(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    folder = tmp_path / "a"
    for number in range(40):
        write_photo(folder / "old" / f"{number}.jpg", number)
    run(library, folder)
    monkeypatch.setattr(changes_module, "_ROWS_AT_ONCE", 2)
    if what == "moved":
        (folder / "old").rename(folder / "new")
    else:
        shutil.rmtree(folder / "old")
    stop, told = threading.Event(), list[Event]()
    for event in index_folders(library, FakeEncoder(), [folder], workers=1, stop=stop):
        told.append(event)
        if event.kind == what:
            stop.set()
    done = sum(event.kind == what for event in told)
    assert 1 <= done <= 10  # the commit that was told, and those that were on their way
    assert done % 2 == 0
    summary = run(library, folder)
    assert (getattr(summary, what), summary.encodes) == (40 - done, 0)


def test_a_raw_file_goes_by_wish_when_its_jpeg_comes(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for number in range(60):  # enough to blow the fuse, were they lost
        write_photo(folder / f"{number}.jpg", number).rename(folder / f"{number}.dng")
    assert run(library, folder).indexed == 60
    for number in range(60):
        write_photo(folder / f"{number}.jpg", 100 + number)
    summary = run(library, folder)
    assert (summary.indexed, summary.removed, summary.offline_roots) == (60, 60, 0)
    assert {Path(name).suffix for name in rows(library)} == {".jpg"}


def test_a_raw_file_stays_where_its_jpeg_cannot_be_read_until_it_can(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    for number in range(2):
        write_photo(folder / f"{number}.jpg", number).rename(folder / f"{number}.dng")
    assert run(library, folder).indexed == 2
    (folder / "0.jpg").write_bytes(b"\xff\xd8\xff and nothing")
    for _ in range(3):  # as it fails, and as it is known to fail
        summary = run(library, folder)
        assert (summary.skipped, summary.removed, summary.encodes) == (1, 0, 0)
        assert set(rows(library)) == {"0.dng", "1.dng"}
    write_photo(folder / "0.jpg", 5)
    summary = run(library, folder)
    assert (summary.indexed, summary.removed) == (1, 1)
    assert set(rows(library)) == {"0.jpg", "1.dng"}


def test_a_raw_file_comes_back_when_its_jpeg_breaks_with_its_own_sidecars(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    write_photo(folder / "0.jpg", 0).rename(folder / "0.dng")
    (folder / "0.txt").write_text("two dogs")
    for name in ("0.jpg", "0.heic"):
        (folder / name).write_bytes(b"\xff\xd8\xff and nothing")
    assert run(library, folder).indexed == 0
    assert run(library, folder).indexed == 1
    assert rows(library)["0.dng"].caption == "two dogs"
    assert run(library, folder, exclude=["*.dng"]).removed == 1
    assert rows(library) == {}


def test_rows_of_an_older_reader_are_read_again_without_an_encode(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_photo(tmp_path / "a" / "a.jpg", 1)
    with monkeypatch.context() as patch:
        patch.setattr("vladva.indexes.intake.FACTS_VERSION", 0)
        run(library, tmp_path / "a")
    summary = run(library, tmp_path / "a")
    assert (summary.indexed, summary.decodes, summary.encodes) == (1, 1, 0)
    assert run(library, tmp_path / "a").unchanged == 1


def test_a_file_that_failed_is_tried_again_by_another_decoder(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.jpg").write_bytes(b"\xff\xd8\xff and nothing")
    assert [run(library, tmp_path / "a").decodes for _ in range(2)] == [1, 0]
    monkeypatch.setattr(survey_module, "DECODER_VERSION", "another")
    assert run(library, tmp_path / "a").decodes == 1
