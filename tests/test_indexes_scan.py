"""The walk over a folder, on real files."""

import os
import sys
from pathlib import Path

import pytest
from fakes import write_photo

from vladva.indexes.catalog import FileStamp
from vladva.indexes.events import Skipped
from vladva.indexes.exclude import Exclude
from vladva.indexes.home import MARKER
from vladva.indexes.paths import from_text, inside, normalise, to_text
from vladva.indexes.scan import walk

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    return root


def names(root: Path, *globs: str, avoid: tuple[str, ...] = ()) -> list[str]:
    found = walk(str(root), Exclude(globs, str(root)), avoid)
    return [Path(s.path).relative_to(root).as_posix() for s in found if isinstance(s, FileStamp)]


def below(root: str, *names: str) -> str:
    return str(Path(root, *names))


def skips(root: Path) -> dict[str, str]:
    return {s.path: s.reason for s in walk(str(root)) if isinstance(s, Skipped)}


def test_a_stamp_says_what_the_file_system_says(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg", 1)
    (stamp,) = walk(str(tmp_path))
    facts = photo.stat()
    assert stamp == FileStamp(
        str(photo), facts.st_size, facts.st_mtime_ns, facts.st_dev, facts.st_ino
    )


def test_pictures_of_all_kinds_are_found_and_everything_else_is_passed_over(tmp_path: Path) -> None:
    make(
        tmp_path, "a.jpg", "B.JPEG", "c.heic", "d.psd", "noend", "e.txt", "f.json", "g.mp4", "h.xmp"
    )
    assert names(tmp_path) == ["B.JPEG", "a.jpg", "c.heic", "d.psd", "noend"]
    assert skips(tmp_path) == {}


def test_hidden_files_and_caches_are_passed_over(tmp_path: Path) -> None:
    make(
        tmp_path,
        ".hidden/a.jpg",
        ".thumbnails/a.jpg",
        "._a.jpg",
        "@eaDir/a.jpg",
        "#recycle/a.jpg",
        "System Volume Information/a.jpg",
        "kept/a.jpg",
    )
    assert names(tmp_path) == ["kept/a.jpg"]


def test_a_library_in_the_tree_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", f"index/{MARKER}", "index/thumbs/ab/ab.jpg")
    assert names(tmp_path) == ["a.jpg"]


def test_the_walk_is_lazy_and_in_the_order_of_names(tmp_path: Path) -> None:
    make(tmp_path, "b/2.jpg", "b/1.jpg", "a/3.jpg", "c.jpg")
    walker = walk(str(tmp_path))
    assert next(walker).path.endswith("c.jpg")
    make(tmp_path, "a/0.jpg")  # not looked at yet
    assert [Path(s.path).name for s in walker] == ["0.jpg", "3.jpg", "1.jpg", "2.jpg"]


def test_globs_exclude_names_anywhere_paths_from_the_root_and_all_below(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "a.PNG", "shots/b.jpg", "2019/raw/deep/c.jpg", "2020/raw/d.jpg")
    assert names(tmp_path, "*.png", "Shots", "2019/raw") == ["a.jpg", "2020/raw/d.jpg"]
    assert names(tmp_path, "*/raw/*") == ["a.PNG", "a.jpg", "shots/b.jpg"]
    assert names(tmp_path, "") == names(tmp_path)


def test_a_glob_covers_whatever_lies_below_it() -> None:
    root = f"{os.sep}photos"
    exclude = Exclude(["2019/*", "tmp"], root)
    assert exclude.covers(below(root, "2019", "deep", "a.jpg"))
    assert exclude.covers(below(root, "x", "tmp", "a.jpg"))
    assert not exclude.covers(below(root, "2020", "a.jpg"))
    assert not Exclude(["photos"], root).covers(below(root, "a.jpg"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_folder_that_may_not_be_read_is_skipped(tmp_path: Path) -> None:
    make(tmp_path, "closed/a.jpg", "open/b.jpg")
    (tmp_path / "closed").chmod(0)
    try:
        assert names(tmp_path) == ["open/b.jpg"]
        assert list(skips(tmp_path)) == [str(tmp_path / "closed")]
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_skipped_and_the_walk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "closed/a.jpg", "open/b.jpg")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert names(tmp_path) == ["open/b.jpg"]
    assert skips(tmp_path) == {str(tmp_path / "closed"): "permission denied"}


def test_a_missing_folder_is_one_skip(tmp_path: Path) -> None:
    (skip,) = walk(str(tmp_path / "nowhere"))
    assert isinstance(skip, Skipped)
    assert skip.path == str(tmp_path / "nowhere")


@needs_links
def test_links_are_followed_once_and_never_in_circles(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    make(root, "a.jpg", "sub/b.jpg")
    make(outside, "c.jpg", "deep/d.jpg")
    (root / "circle").symlink_to(root)
    (root / "sub" / "up").symlink_to(root / "sub")
    (root / "twice").symlink_to(root / "a.jpg")
    (root / "out").symlink_to(outside)
    (root / "out2").symlink_to(outside)
    (root / "z.jpg").symlink_to(outside / "c.jpg")
    (outside / "back").symlink_to(root)
    (outside / "again").symlink_to(outside)
    assert sorted(names(root)) == ["a.jpg", "out/c.jpg", "out/deep/d.jpg", "sub/b.jpg", "z.jpg"]
    assert sorted(names(root, avoid=(str(outside),))) == ["a.jpg", "sub/b.jpg"]


@needs_links
def test_a_link_to_nothing_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
    assert skips(tmp_path) == {str(tmp_path / "a.jpg"): "a link to nothing"}


def test_a_raw_file_is_found_unless_its_jpeg_lies_beside_it(tmp_path: Path) -> None:
    make(tmp_path, "a.CR2", "b.dng", "B.jpg", "c.nef", "c.png", "d.arw", "d.HEIC", "e/b.jpg")
    assert names(tmp_path) == ["B.jpg", "a.CR2", "c.nef", "c.png", "d.HEIC", "e/b.jpg"]
    assert names(tmp_path, "*.jpg") == ["a.CR2", "b.dng", "c.nef", "c.png", "d.HEIC"]
    assert skips(tmp_path) == {}


@needs_links
def test_a_raw_file_beside_a_link_that_leads_nowhere_is_not_lost(tmp_path: Path) -> None:
    make(tmp_path, "a.cr2")
    (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
    assert names(tmp_path) == ["a.cr2"]


@needs_links
def test_what_lies_beside_a_link_belongs_to_it(tmp_path: Path) -> None:
    make(tmp_path, "root/a.txt", "outside/x.jpg")
    (tmp_path / "root" / "a.jpg").symlink_to(tmp_path / "outside" / "x.jpg")
    (stamp,) = walk(str(tmp_path / "root"))
    assert isinstance(stamp, FileStamp)
    assert stamp.beside.startswith("a.txt\t10\t")


@pytest.mark.skipif(sys.platform != "linux", reason="sparse files stand for placeholders")
def test_a_placeholder_without_blocks_is_skipped_where_other_files_have_some(
    tmp_path: Path,
) -> None:
    with (tmp_path / "cloud.jpg").open("wb") as file:
        file.truncate(100_000)
    if (tmp_path / "cloud.jpg").stat().st_blocks:
        pytest.skip("this file system has no sparse files")
    assert names(tmp_path) == ["cloud.jpg"]  # it may be a file system that counts no blocks
    (tmp_path / "here.jpg").write_bytes(os.urandom(20_000))
    os.sync()
    assert names(tmp_path) == ["here.jpg"]
    assert "placeholder" in skips(tmp_path)[str(tmp_path / "cloud.jpg")]


def test_inside_compares_whole_names() -> None:
    photos = f"{os.sep}photos"
    assert inside(photos, photos)
    assert inside(below(photos, "a"), photos)
    assert inside(photos, os.sep)
    assert not inside(photos + "2", photos)


@pytest.mark.skipif(sys.platform != "linux", reason="only there names are bytes")
def test_a_name_that_is_no_unicode_survives_as_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    (stamp,) = walk(str(tmp_path))
    text = to_text(stamp.path)
    text.encode("utf-8")
    assert from_text(text) == stamp.path
    assert to_text("/plain/ü.jpg") == "/plain/ü.jpg"


def test_a_folder_has_one_spelling(tmp_path: Path) -> None:
    assert normalise(tmp_path / "a" / ".." / "b") == str((tmp_path / "b").resolve())
    assert normalise("~") == str(Path.home().resolve())
