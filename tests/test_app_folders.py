"""The folders that a browser may choose from: names and counts, never contents."""

import os
import time
from pathlib import Path

import pytest
from app_colours import COLOURS, paint

from vladva.app import folders
from vladva.errors import ConfigError
from vladva.indexes.library import Library


def tree(base: Path) -> Path:
    """Photos, a hidden folder, a cache and a file beside two folders."""
    paint(base / "Pictures" / "Italy")
    for name in ("Norway", ".secret", "@eaDir", "b", "A"):
        (base / "Pictures" / name).mkdir()
    (base / "Pictures" / "note.txt").write_text("private", encoding="utf-8")
    return base / "Pictures"


def test_a_listing_names_folders_and_nothing_else(library: Library, tmp_path: Path) -> None:
    place = tree(tmp_path)
    (place / "link").symlink_to(place / "Norway")
    found = folders.listing(library, place)
    assert [one.name for one in found.folders] == ["A", "b", "Italy", "link", "Norway"]
    assert (found.path, found.parent) == (str(place), str(tmp_path))
    assert (found.more, found.held_by, found.refusal) == (0, None, "")


def test_a_very_long_listing_says_how_much_it_leaves_out(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST", 2)
    found = folders.listing(library, tree(tmp_path))
    assert [one.name for one in found.folders] == ["A", "b"]
    assert found.more == 2


def test_a_folder_that_the_library_has_or_cannot_take_is_told(
    library: Library, tmp_path: Path
) -> None:
    place = tree(tmp_path)
    library.add_root(place)
    assert folders.listing(library, place / "Italy").held_by == str(place)
    assert "overlap" in folders.listing(library, tmp_path).refusal


def test_pictures_below_are_counted_as_indexing_would_find_them(tmp_path: Path) -> None:
    place = tree(tmp_path)
    paint(place / ".secret")
    for name in ("Makefile", "notes.", "movie.mp4"):
        (place / name).write_bytes(b"no picture")
    (place / "one.CR2").write_bytes(b"x")
    assert folders.count(place) == folders.Count(len(COLOURS) + 1, complete=True)
    assert folders.count(place / "Norway") == folders.Count(0, complete=True)


def test_a_count_ends_when_its_time_is_up_and_says_so(tmp_path: Path) -> None:
    found = folders.count(tree(tmp_path), seconds=0)
    assert not found.complete
    assert found.pictures < len(COLOURS)


def test_a_count_ends_among_folders_that_hold_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (tmp_path / "empty" / str(number)).mkdir(parents=True)
    now, looked = [0.0], []
    listed = os.scandir

    def slow(path: str) -> object:
        now[0] += 1.0
        looked.append(path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", slow)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert folders.count(tmp_path / "empty", seconds=3) == folders.Count(0, complete=False)
    assert len(looked) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("relative/folder", "whole path"),
        ("/some/\0", "No folder has such a name"),
        ("/nowhere/at/all", "does not exist"),
        ("/" + "x" * 5_000, "cannot be looked into|does not exist"),
        ("", "whole path"),
        ("~no-such-user/Pictures", "no such user"),
    ],
)
def test_what_is_no_folder_is_told_in_words(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as told:
        folders.folder_at(text)
    assert told.value.hint


def test_a_typing_mistake_is_answered_with_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "file.jpg").write_bytes(b"x")
    with pytest.raises(ConfigError) as told:
        folders.folder_at(str(tmp_path / "Pictuers" / "2024"))
    assert str(tmp_path) in told.value.hint
    with pytest.raises(ConfigError, match="a file, not a folder"):
        folders.folder_at(str(tmp_path / "file.jpg"))


def test_a_path_may_be_quoted_begin_with_a_tilde_or_go_round_a_corner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tree(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for text in ("~/Pictures", f' "{place}" ', f"{place}/Italy/..", f"{place}/"):
        assert folders.folder_at(text) == place


def test_a_folder_that_may_not_be_read_is_an_error_with_a_remedy(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(ConfigError, match="may not be looked into") as told:
        folders.listing(library, tmp_path)
    assert "right to read" in told.value.hint


def test_the_places_to_begin_are_there_and_each_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    disk = tmp_path / "media" / "Stick"
    disk.mkdir(parents=True)
    monkeypatch.setattr(folders, "MOUNTS", (str(disk.parent), str(tmp_path / "none")))
    monkeypatch.setattr(folders, "user_pictures_path", lambda: tmp_path / "no pictures")
    found = folders.places()
    assert [(one.kind, one.path) for one in found if one.kind in {"home", "disk"}] == [
        ("home", str(tmp_path)),
        ("disk", str(disk)),
    ]
    assert "pictures" not in {one.kind for one in found}
    assert len({one.path for one in found}) == len(found)
