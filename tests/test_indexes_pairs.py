"""Which files of a folder belong together."""

import os
from pathlib import Path

import pytest
from fakes import stamp_of

from vladva.indexes.catalog import FileStamp
from vladva.indexes.pairs import Pairs, beside_paths, is_raw, split
from vladva.indexes.scan import walk


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).write_bytes(b"x" * 10)


def beside(root: Path, name: str) -> list[str]:
    return [Path(path).name for path in beside_paths(stamp_of(root / name))]


def test_sidecars_go_by_the_stem_or_by_the_whole_name(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "a.xmp", "a.jpg.xmp", "A.TXT", "a.jpg.txt", "ab.xmp", "a.json", "b.xmp")
    assert beside(tmp_path, "a.jpg") == ["A.TXT", "a.jpg.txt", "a.jpg.xmp", "a.xmp"]


def test_a_raw_file_a_motion_and_the_raw_files_sidecar_go_with_the_jpeg(tmp_path: Path) -> None:
    make(tmp_path, "a.JPG", "a.cr2", "a.cr2.xmp", "a.MOV", "b.heic", "b.mp4", "c.png", "c.mov")
    assert beside(tmp_path, "a.JPG") == ["a.MOV", "a.cr2", "a.cr2.xmp"]
    assert beside(tmp_path, "b.heic") == ["b.mp4"]
    assert beside(tmp_path, "c.png") == []
    assert beside(tmp_path, "a.cr2") == ["a.cr2.xmp"]


def test_a_raw_file_alone_has_its_sidecars_and_is_no_companion_of_itself(tmp_path: Path) -> None:
    make(tmp_path, "a.dng", "a.xmp", "a.mov")
    assert beside(tmp_path, "a.dng") == ["a.xmp"]


def test_a_name_without_a_suffix_takes_sidecars_alone(tmp_path: Path) -> None:
    make(tmp_path, "photo", "photo.txt", "photo.cr2", "photo.mov")
    assert beside(tmp_path, "photo") == ["photo.txt"]


def test_the_line_of_a_companion_changes_when_it_is_written_to(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "a.xmp")
    before = stamp_of(tmp_path / "a.jpg")
    facts = (tmp_path / "a.xmp").stat()
    assert before.beside == f"a.xmp\t10\t{facts.st_mtime_ns}"
    os.utime(tmp_path / "a.xmp", ns=(1, 1))
    assert stamp_of(tmp_path / "a.jpg").beside == "a.xmp\t10\t1"
    (tmp_path / "a.xmp").unlink()
    assert stamp_of(tmp_path / "a.jpg").beside == ""


def test_folders_and_names_with_line_breaks_are_no_companions(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    (tmp_path / "a.xmp").mkdir()
    assert beside(tmp_path, "a.jpg") == []
    if os.name == "posix":
        make(tmp_path, "a\nb.jpg", "a\nb.xmp")
        assert beside(tmp_path, "a\nb.jpg") == []


@pytest.mark.skipif(os.name != "posix", reason="only there names are bytes")
def test_a_companion_whose_name_is_no_unicode_is_found_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    make(tmp_path, f"{name}.jpg", f"{name}.xmp")
    stamp = stamp_of(tmp_path / f"{name}.jpg")
    stamp.beside.encode("utf-8")
    assert beside_paths(stamp) == [str(tmp_path / f"{name}.xmp")]


def test_a_folder_without_companions_costs_no_look_at_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, *(f"{number}.jpg" for number in range(20)), "19.xmp")
    looked = []
    monkeypatch.setattr(
        "vladva.indexes.pairs._line", lambda entry: looked.append(entry.name) or entry.name
    )
    stamps = [stamp for stamp in walk(str(tmp_path)) if isinstance(stamp, FileStamp)]
    assert len(stamps) == 20
    assert looked == ["19.xmp"]


def test_stems_and_suffixes_are_lower_case() -> None:
    assert split("A.B.JPG") == ("a.b", ".jpg")
    assert split("Photo") == ("photo", "")
    assert split(".jpg") == (".jpg", "")
    assert is_raw("/p.q/a.NEF")
    assert not is_raw("/p.nef/a")
    assert not Pairs([]).follows("a.nef")
