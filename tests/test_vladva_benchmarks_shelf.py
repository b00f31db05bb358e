"""Files of data sets, wherever they lie."""

import re
from pathlib import Path

import pytest

from vladva.benchmarks.shelf import chosen, files, folders, listed, pictures
from vladva.errors import DataError


def touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_are_found_at_any_depth_and_hidden_ones_are_not(tmp_path: Path) -> None:
    deep = touch(tmp_path / "a" / "b" / "c" / "one.json")
    also = touch(tmp_path / "one.json")
    touch(tmp_path / ".cache" / "one.json")
    assert files(tmp_path, ["one.json", "two.json"]) == {"one.json": [also, deep], "two.json": []}


def test_a_picture_is_found_whatever_its_ending_and_no_other_file_is(tmp_path: Path) -> None:
    photo = touch(tmp_path / "x" / "12.PNG")
    touch(tmp_path / "12.json")
    assert pictures(tmp_path, ["12.jpg", "13.jpg"]) == {"12.jpg": [photo], "13.jpg": []}


def test_links_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    photo = touch(tmp_path / "disk" / "photos" / "1.jpg")
    root = tmp_path / "root"
    root.mkdir()
    (root / "photos").symlink_to(photo.parent)
    (photo.parent / "again").symlink_to(root)
    assert pictures(root, ["1.jpg"])["1.jpg"] == [root / "photos" / "1.jpg"]


def test_its_own_folder_goes_before_others_and_copies_are_alike(tmp_path: Path) -> None:
    other = touch(tmp_path / "vg" / "5.jpg", b"another")
    own = touch(tmp_path / "flickr30k-images" / "5.jpg")
    copy = touch(tmp_path / "flickr_copy" / "5.jpg")
    found = [copy, other, own]
    assert chosen(found, ("flickr",)) == copy
    assert chosen([other], ("flickr",)) == other
    assert chosen([], ("flickr",)) is None
    with pytest.raises(DataError, match="several times, and not the same"):
        chosen(found, ())


def test_folders_by_name_are_found_and_not_looked_into(tmp_path: Path) -> None:
    for name in ("val/n01", "val/n02", "val/n02/n03", "val/other", "n1"):
        (tmp_path / name).mkdir(parents=True)
    assert folders(tmp_path, re.compile(r"n\d\d")) == [
        tmp_path / "val" / "n01",
        tmp_path / "val" / "n02",
    ]


def test_a_long_list_is_cut_and_says_so() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(1205)]) == "0, 1, 2, 3, 4 and 1,200 more"
