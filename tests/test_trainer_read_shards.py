"""WebDataset shards: samples, damage, what is refused."""

import gzip
import json
import re
import tarfile
from pathlib import Path

import pytest
from rows_on_disk import photo, shard_files, write_tar

from vladva.errors import DataError, ImageError
from vladva.trainer.data import Routing, open_data
from vladva.trainer.read_shards import Shards

PLAIN = Routing()
LONG_NAME = "deep/" * 30 + "x" * 90


def names(data: Shards) -> list[str]:
    return [data[i].name for i in range(len(data))]


def test_a_sample_is_what_shares_a_name_up_to_the_first_dot(tmp_path: Path) -> None:
    fields = {"caption": "from the json", "long": "w " * 30, "width": 3, "url": None}
    files = {
        "a/000.jpg": photo(1),
        "a/000.txt": b"A dog.\nA cat.",
        "a/000.json": json.dumps(fields).encode(),
        "a/000.seg.png": b"",
        "b/000.cls": b"7",
        "b/000.PNG": photo(2),
        "b/000.txt": "größer".encode(),
        ".hidden": b"x",
    }
    data = Shards([write_tar(tmp_path / "s.tar", files)], PLAIN)
    assert data.bad == []
    assert names(data) == ["s.tar:a/000", "s.tar:b/000"]
    assert data[0].short == ("from the json", "A dog.", "A cat.")
    assert (data[1].short, len(data[0].long)) == (("größer",), 1)
    assert data[1].image.load().getpixel((0, 0)) == (14, 62, 202)


def test_names_beyond_a_header_and_samples_over_shards_are_read(tmp_path: Path) -> None:
    files = {f"{LONG_NAME}.png": photo(0), f"{LONG_NAME}.txt": b"a dog"}
    one = write_tar(tmp_path / "a.tar", files)
    other = write_tar(tmp_path / "b.tar", shard_files(2))
    data = Shards([one, other], PLAIN)
    assert names(data) == [f"a.tar:{LONG_NAME}", "b.tar:000000", "b.tar:000001"]
    assert [data[i].image.load().size for i in range(3)] == [(8, 8)] * 3
    assert len(set(data.pictures.tolist())) == 3


def test_a_sample_without_picture_or_caption_is_a_bad_row(tmp_path: Path) -> None:
    files = {"0.png": photo(0), "1.txt": b"a dog", "2.png": photo(2), "2.json": b"{"}
    data = Shards([write_tar(tmp_path / "s.tar", files)], PLAIN)
    assert [(bad.name, bad.reason.split(":")[0]) for bad in data.bad] == [
        ("s.tar:0", "no caption in 'short', 'long' or 'caption'"),
        ("s.tar:1", "no picture in this sample"),
        ("s.tar:2", "not JSON"),
    ]
    assert len(Shards([tmp_path / "s.tar"], Routing(captionless=True))) == 1


def test_a_shard_that_was_cut_short_gives_what_is_whole(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", shard_files(10))
    with tarfile.open(path) as tar:
        member = tar.getmember("000006.png")
    for cut, name in ((member.offset_data + 10, "000006.png"), (member.offset + 100, None)):
        data = path.read_bytes()[:cut]
        (tmp_path / "cut.tar").write_bytes(data)
        shards = Shards([tmp_path / "cut.tar"], PLAIN)
        assert names(shards) == [f"cut.tar:{i:06}" for i in range(6)]
        assert [bad.name for bad in shards.bad] == [
            f"cut.tar:{name}" if name else "cut.tar after 000005.txt"
        ]


def test_a_shard_that_is_damaged_in_the_middle_goes_on_behind_it(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", shard_files(10))
    with tarfile.open(path) as tar:
        start = tar.getmember("000003.png").offset
    data = bytearray(path.read_bytes())
    data[start : start + 512] = b"\xaa" * 512
    path.write_bytes(data)
    shards = Shards([path], PLAIN)
    assert names(shards) == [f"s.tar:{i:06}" for i in range(10) if i != 3]
    assert [bad.name for bad in shards.bad] == ["s.tar after 000002.txt", "s.tar:000003"]
    assert shards[3].short == ("photo number 4",)


def test_an_undamaged_shard_has_no_bad_rows_whoever_wrote_it(tmp_path: Path) -> None:
    for layout in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = tmp_path / f"{layout}.tar"
        with tarfile.open(path, "w:", format=layout) as tar:
            for name, content in shard_files(3).items():
                (tmp_path / name).write_bytes(content)
                tar.add(tmp_path / name, arcname=f"./{name}")
            tar.add(tmp_path, arcname="./folder", recursive=False)
        joined = path.read_bytes() * 2  # as `cat` joins shards
        path.write_bytes(joined)
        shards = Shards([path], PLAIN)
        assert (len(shards), shards.bad) == (6, [])


def test_a_picture_that_was_cut_off_since_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "s.tar", shard_files(2))
    data = Shards([path], PLAIN)
    image = data[0].image
    path.write_bytes(path.read_bytes()[:520])
    with pytest.raises(ImageError, match="cut short"):
        image.load()
    with pytest.raises(DataError, match="has changed"):
        data[1]
    path.unlink()
    with pytest.raises(ImageError, match="cannot be read"):
        image.load()


def test_what_cannot_be_read_by_seeking_is_refused_with_the_remedy(tmp_path: Path) -> None:
    plain = write_tar(tmp_path / "s.tar", shard_files(2)).read_bytes()
    (tmp_path / "s.tar.gz").write_bytes(gzip.compress(plain))
    with pytest.raises(DataError, match=re.escape("compressed (gzip)")) as caught:
        open_data(tmp_path / "s.tar.gz", PLAIN)
    assert "gunzip" in caught.value.hint
    (tmp_path / "x.tar").write_bytes(b"<html>not found</html>" * 100)
    with pytest.raises(DataError, match="not a tar file"):
        open_data(tmp_path / "x.tar", PLAIN)


def test_shards_are_named_by_folder_or_by_braces(tmp_path: Path) -> None:
    for number in range(9, 12):
        write_tar(tmp_path / f"x-{number:03}.tar", shard_files(2, number * 10))
    assert len(open_data(tmp_path, PLAIN)) == 6
    assert len(open_data(tmp_path / "x-{009..010}.tar", PLAIN)) == 4
    with pytest.raises(DataError, match=r"1 of 4 shards .* are not there: x-012.tar"):
        open_data(tmp_path / "x-{009..012}.tar", PLAIN)


def test_the_edits_of_a_shard_are_a_bad_row_that_names_the_way_out(tmp_path: Path) -> None:
    fields = {"short": "a", "edits": [{"instruction": "x", "target": "b.png"}]}
    files = {"a.png": photo(0), "a.json": json.dumps(fields).encode()}
    data = Shards([write_tar(tmp_path / "s.tar", files)], PLAIN)
    assert "use a JSONL file" in data.bad[0].reason
