"""Whole runs and their folders: away, unlistable, exchanged, overlapping, empty, refused."""

import os
from pathlib import Path
from typing import Any

import indexes_runs
import pytest
from fakes import FakeEncoder, write_photo
from indexes_runs import check, quiet, rows, run, told

from vladva.errors import ConfigError
from vladva.indexes import catalog as catalog_module
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders

photos = indexes_runs.photos


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


def test_a_folder_that_has_moved_behind_a_link_can_be_forgotten(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    assert run(library, encoder, photos)[0].indexed
    photos.rename(photos.with_name("larger"))
    photos.symlink_to(photos.with_name("larger"))
    from vladva.indexes.forget import forget

    assert forget(library, photos)
    assert library.roots() == []


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


def test_an_empty_folder_is_a_root_of_no_photos(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    summary, _ = run(library, FakeEncoder(), tmp_path / "empty")
    assert quiet(summary) == (0, 0, 0, 0, 0)
    assert [Path(root.path).name for root in library.roots()] == ["empty"]
