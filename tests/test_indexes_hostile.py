"""What lies beside and inside a photo to do harm, or is odd: it costs its own words at most."""

import io
import os
import struct
import time
from pathlib import Path

import pytest
from fakes import ColourPrepare, stamp_of
from PIL import ExifTags, Image
from raws import dng
from test_indexes_metadata import (
    behind_the_pixels,
    exif_of,
    facts,
    iptc,
    packet,
    with_iptc,
)
from test_indexes_sidecars import DOCUMENT

from vladva.images import open_picture
from vladva.indexes.catalog import FileStamp
from vladva.indexes.decode import Decoded, Job, decode
from vladva.indexes.facts import told, xmp
from vladva.indexes.facts.metadata import read
from vladva.indexes.facts.told import Told


def photo(folder: Path, name: str = "a.jpg") -> Path:
    Image.new("RGB", (40, 20), "teal").save(folder / name, exif=exif_of(Make="Canon"))
    return folder / name


def test_defaults_of_attributes_do_not_multiply(tmp_path: Path) -> None:
    """Entities are not the only thing in a document's type that grows: 60 KB became 500 MB."""
    types = f'<!DOCTYPE r [<!ATTLIST a b CDATA "{"x" * 50_000}">]>'
    with pytest.raises(ValueError, match="Forbidden"):
        xmp.read((types + DOCUMENT.format("<a/>" * 10_000)).encode())


@pytest.mark.timeout(20)
def test_a_packet_without_end_is_not_parsed() -> None:
    started = time.process_time()
    for inner in ("<a/>" * 1_000_000, "<rdf:Description/>" + " " * (9 << 20)):
        with pytest.raises(ValueError, match="no program"):
            xmp.read(DOCUMENT.format(inner).encode())
    assert time.process_time() - started < 5
    many = "".join(f"<rdf:li>word {n}</rdf:li>" for n in range(20_000))
    subject = f"<dc:subject><rdf:Bag>{many}</rdf:Bag></dc:subject>"
    found = xmp.read(DOCUMENT.format(f"<rdf:Description>{subject}</rdf:Description>").encode())
    assert len(found.keywords) == 500


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_xmp_may_be_in_any_unicode(encoding: str) -> None:
    words = packet("ein Löwe").decode().replace("\ufeff", "", 1)
    bom = "\ufeff" if encoding == "utf-16-be" else ""
    assert xmp.read((bom + words + "\n").encode(encoding)).caption == "ein Löwe"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.timeout(20)
def test_a_sidecar_that_became_a_pipe_a_folder_or_a_device_holds_nothing_up(
    tmp_path: Path,
) -> None:
    path = photo(tmp_path)
    seen = FileStamp(str(path), 1, 1, 1, 1, "a.txt\t5\t5\na.xmp\t5\t5")
    data = path.read_bytes()
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "a.xmp").mkdir()
    assert read(data, seen, open_picture(data)).camera == "Canon"
    (tmp_path / "a.txt").unlink()
    (tmp_path / "a.txt").symlink_to("/dev/urandom")
    assert read(data, seen, open_picture(data)).caption is None


def test_a_sidecar_of_any_length_is_read_up_to_a_limit(tmp_path: Path) -> None:
    path = photo(tmp_path)
    with (tmp_path / "a.txt").open("wb") as file:
        file.write(b"a red door")
        file.truncate(1 << 30)
    with (tmp_path / "a.xmp").open("wb") as file:
        file.write(packet(rating="5"))
        file.truncate(1 << 30)
    assert facts(path).caption == "a red door"
    assert facts(path).camera == "Canon"


def test_records_before_a_broken_one_count(tmp_path: Path) -> None:
    words = iptc((2, 120, b"a lion"), (2, 25, b"zoo"))
    for number, broken in enumerate((b"\x1c\x02\x19\xff\xff" + b"x" * 9, b"rubbish", b"\x1c\x63")):
        found = facts(with_iptc(tmp_path / f"{number}.jpg", words + broken))
        assert (found.caption, found.keywords) == ("a lion", "zoo")


def test_a_broken_directory_costs_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = Image.Exif.get_ifd

    def broken(self: Image.Exif, tag: int) -> object:
        if tag == ExifTags.IFD.GPSInfo:
            raise ValueError("negative seek value -5")
        return real(self, tag)

    monkeypatch.setattr(Image.Exif, "get_ifd", broken)
    found = facts(
        tmp_path / "a.jpg",
        Make="Canon",
        XPComment=(97, 0, 300, 0),
        ifd={"DateTimeOriginal": "2023:05:06 07:08:09"},
    )
    assert (found.camera, found.taken_at) == ("Canon", "2023-05-06T07:08:09")


def test_the_facts_of_a_very_large_photo_are_read(tmp_path: Path) -> None:
    """Phones make 200 megapixels; Pillow by itself refuses even the header of those."""
    content = bytearray(photo(tmp_path).read_bytes())
    at = content.find(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 12240, 16320)
    picture = open_picture(photo(tmp_path, "b.jpg").read_bytes())
    assert read(bytes(content), stamp_of(tmp_path / "a.jpg"), picture).camera == "Canon"


def test_a_dng_keeps_xmp_inside(tmp_path: Path) -> None:
    exif = exif_of(Make="Leica")
    exif[700] = packet("a pier", "4", "sea")
    (tmp_path / "a.dng").write_bytes(exif.tobytes()[6:])
    picture = open_picture(dng())
    found = read((tmp_path / "a.dng").read_bytes(), stamp_of(tmp_path / "a.dng"), picture)
    assert (found.caption, found.rating, found.keywords) == ("a pier", 4, "sea")
    assert (found.camera, found.caption_source) == ("Leica", "xmp")


def test_words_of_a_png_are_utf8_where_they_are_that(tmp_path: Path) -> None:
    path = photo(tmp_path, "a.png")
    words = "Description\0ein Löwe".encode()
    path.write_bytes(behind_the_pixels(path.read_bytes(), b"tEXt", words))
    assert facts(path).caption == "ein Löwe"


def test_a_long_comment_does_not_spoil_the_thumbnail(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("P", (400, 300)).save(stream, "GIF", comment=b"x" * 100_000)
    (tmp_path / "a.gif").write_bytes(stream.getvalue())
    thumb = tmp_path / "t.jpg"
    result = decode(Job(stamp_of(tmp_path / "a.gif"), str(thumb)), ColourPrepare())
    assert isinstance(result, Decoded)
    assert thumb.stat().st_size < 10_000


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2023:05:06 07:08:09", "+99:99", "2023-05-06T07:08:09"),
        ("2023:05:06 07:08:09", "+14:00", "2023-05-06T07:08:09+14:00"),
        ("2023-05-06T07:08:09+25:00", "", "2023-05-06T07:08:09"),
        ("2023:05:06 07:08:09", "+٠٢:٠٠", "2023-05-06T07:08:09"),
        ("0001:01:01 00:00:00", "", None),
        ("1890:07:01 12:00:00", "", "1890-07-01T12:00:00"),
        ("9999:99:99 99:99:99", "", None),
    ],
)
def test_dates_are_such_as_a_photo_may_have(text: str, zone: str, moment: str | None) -> None:
    assert told.moment(text, zone) == moment


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D750", "NIKON D750"),
        ("EASTMAN KODAK COMPANY", "KODAK DX6490", "KODAK DX6490"),
        ("Canon", "Canon EOS R6", "Canon EOS R6"),
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        ("", "X100", "X100"),
        ("Leica", "", "Leica"),
        ("", "", None),
    ],
)
def test_a_makers_name_is_told_once(make: str, model: str, camera: str | None) -> None:
    assert told.camera(make, model) == camera


def test_what_a_phone_writes_is_no_caption_and_a_list_of_names_is() -> None:
    phone = "filter: 0; fileterIntensity: 0.0; multi-frame : 1;hw-remosaic: false;touch: (-1.0);"
    assert told.caption(phone) is None
    assert told.caption("left: Anna; right: Bob; middle: the dog") is not None


def test_texts_carry_no_orders_to_a_terminal() -> None:
    assert told.clean("a\x1b[31mb\x9b31mc\x85d\x7f") == "a[31mb31mcd"
    assert told.keywords(["a\u2028b\x85c", "x" * 9999])[1] == "x" * 200
    assert told.keywords(str(n) for n in range(10_000)) == tuple(str(n) for n in range(500))
    assert Told().keywords == ()
