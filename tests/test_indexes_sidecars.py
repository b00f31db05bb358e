"""Words beside a picture, XMP that means harm, raw files, and which source is believed."""

import struct
from pathlib import Path

import pytest
from fakes import stamp_of
from PIL import Image
from test_indexes_metadata import exif_of, iptc, iptc_segment, packet

from vladva.images import Picture, open_picture
from vladva.indexes.facts import told, xmp
from vladva.indexes.facts.metadata import Metadata, read
from vladva.indexes.facts.told import Told

DOCUMENT = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{}</rdf:RDF>"""


def says(inner: str) -> Told:
    return xmp.read(DOCUMENT.format(inner).encode())


def facts(path: Path) -> Metadata:
    data = path.read_bytes()
    return read(data, stamp_of(path), open_picture(data))


def as_raw(path: Path, data: bytes) -> Metadata:
    """The facts of a raw file, whatever its pixels are."""
    path.write_bytes(data)
    picture = Picture(Image.new("RGB", (1, 1)), 7, 5, "raw", animated=False)
    return read(data, stamp_of(path), picture)


def test_a_caption_lies_beside_the_photo_under_either_name(tmp_path: Path) -> None:
    photo = tmp_path / "a.b.jpg"
    Image.new("RGB", (4, 4)).save(photo)
    assert facts(photo).caption is None
    (tmp_path / "a.b.jpg.txt").write_bytes(b"\xef\xbb\xbfsecond \xff choice")
    assert facts(photo).caption == "second \ufffd choice"
    (tmp_path / "a.b.txt").write_text("first choice")
    assert (facts(photo).caption, facts(photo).caption_source) == ("first choice", "sidecar")
    (tmp_path / "a.b.txt").write_text("  \n")
    assert facts(photo).caption == "second \ufffd choice"


def before_all(photo: Path, segment: bytes) -> None:
    """Put a segment of a JPEG to its start."""
    data = photo.read_bytes()
    photo.write_bytes(data[:2] + segment + data[2:])


def test_sidecars_are_believed_before_xmp_before_iptc_before_exif(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    dated = {"DateTimeOriginal": "2002:01:01 00:00:00"}
    exif = exif_of(ImageDescription="from exif", Rating=1, ifd=dated)
    Image.new("RGB", (4, 4)).save(photo, exif=exif)
    found = facts(photo)
    assert (found.caption, found.rating, found.keywords) == ("from exif", 1, None)

    records = iptc((2, 120, b"from iptc"), (2, 25, b"i"), (2, 55, b"20010101"))
    before_all(photo, iptc_segment(records))
    found = facts(photo)
    assert (found.caption, found.caption_source, found.keywords) == ("from iptc", "iptc", "i")
    assert (found.taken_at, found.rating) == ("2002-01-01T00:00:00", 1)

    words = b"http://ns.adobe.com/xap/1.0/\0" + packet("from xmp", "2", "x")
    before_all(photo, b"\xff\xe1" + struct.pack(">H", len(words) + 2) + words)
    found = facts(photo)
    assert (found.caption, found.rating, found.keywords) == ("from xmp", 2, "x")

    (tmp_path / "a.jpg.xmp").write_bytes(packet("from darktable", "3", "d"))
    assert facts(photo).caption == "from darktable"
    (tmp_path / "a.xmp").write_bytes(packet("from lightroom", "-1", "l"))
    found = facts(photo)
    assert (found.caption, found.rating, found.keywords) == ("from lightroom", -1, "l")
    assert found.caption_source == "sidecar"
    (tmp_path / "a.txt").write_text("from a text")
    assert (facts(photo).caption, facts(photo).keywords) == ("from a text", "l")


def test_a_raw_files_own_sidecar_speaks_for_the_pair(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg")
    (tmp_path / "a.cr2").write_bytes(b"raw")
    (tmp_path / "a.cr2.xmp").write_bytes(packet(rating="5"))
    assert facts(tmp_path / "a.jpg").rating == 5


def test_xmp_tells_in_attributes_and_elements() -> None:
    found = says(
        """<rdf:Description xmp:Rating="-1" exif:DateTimeOriginal="2020-02-03T04:05:06.78Z"
        tiff:Make="FUJIFILM" tiff:Model="X-T4" aux:Lens="XF35mm"/>
        <rdf:Description><exif:GPSLatitude>51,30.5N</exif:GPSLatitude>
        <exif:GPSLongitude>0,7,30W</exif:GPSLongitude>
        <dc:description><rdf:Alt><rdf:li xml:lang="de">Brücke</rdf:li>
        <rdf:li xml:lang="x-default">bridge</rdf:li></rdf:Alt></dc:description>
        <dc:subject><rdf:Bag><rdf:li>London</rdf:li><rdf:li> Thames
        </rdf:li></rdf:Bag></dc:subject>
        <lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|UK|London</rdf:li></rdf:Bag>
        </lr:hierarchicalSubject></rdf:Description>"""
    )
    assert found == Told(
        taken_at="2020-02-03T04:05:06+00:00",
        camera="FUJIFILM X-T4",
        lens="XF35mm",
        place=(51.5083333, -0.125),
        rating=-1,
        caption="bridge",
        keywords=("London", "Thames", "Places", "UK"),
    )


def test_dates_of_xmp_may_be_days_but_not_years() -> None:
    for text, expected in {
        "2020-02-03": "2020-02-03T00:00:00",
        "2020-02-03T04:05": "2020-02-03T04:05:00",
        "2020-02": None,
        "2020": None,
        "2020-13-01": None,
    }.items():
        found = says(f'<rdf:Description photoshop:DateCreated="{text}"/>')
        assert found.taken_at == expected, text


@pytest.mark.parametrize(
    ("text", "stars"), [("5", 5), ("4.0", 4), ("6", None), ("-2", None), ("nan", None), ("", None)]
)
def test_a_rating_is_stars_or_nothing(text: str, stars: int | None) -> None:
    assert says(f'<rdf:Description xmp:Rating="{text}"/>').rating == stars


def test_entities_lead_nowhere_and_grow_into_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg")
    body = "<rdf:Description><dc:description>&x;</dc:description></rdf:Description>"
    for entity in (
        f'<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">',
        '<!ENTITY y "lolololol"><!ENTITY x "&y;&y;&y;&y;&y;&y;&y;">',
    ):
        document = f"<!DOCTYPE r [{entity}]>" + DOCUMENT.format(body)
        with pytest.raises(ValueError, match="Forbidden"):
            xmp.read(document.encode())
        (tmp_path / "a.xmp").write_text(document)
        assert facts(tmp_path / "a.jpg") == Metadata(4, 4, format="jpeg")


@pytest.mark.parametrize("garbage", [b"", b"<", b"\0" * 100, b"<x/>", b"\xff\xfe<\0x\0"])
def test_a_broken_sidecar_costs_nothing_but_its_words(tmp_path: Path, garbage: bytes) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", exif=exif_of(Make="Canon"))
    (tmp_path / "a.xmp").write_bytes(garbage)
    assert facts(tmp_path / "a.jpg") == Metadata(4, 4, format="jpeg", camera="Canon")


def test_raw_files_tell_their_exif_wherever_they_keep_it(tmp_path: Path) -> None:
    exif = exif_of(Make="Canon", Model="R", ifd={"DateTimeOriginal": "2023:05:06 07:08:09"})
    tiff = exif.tobytes()[6:]
    Image.new("RGB", (4, 4)).save(tmp_path / "p.jpg", exif=exif)
    jpeg = (tmp_path / "p.jpg").read_bytes()
    fuji = b"FUJIFILMCCD-RAW".ljust(84, b"\0") + struct.pack(">II", 100, len(jpeg))
    detail = exif_of(DateTimeOriginal="2023:05:06 07:08:09").tobytes()[6:]
    boxes = b"".join(
        struct.pack(">I", len(body) + 8) + name + body
        for name, body in ((b"CMT1", tiff), (b"CMT2", detail), (b"CMT4", exif_of().tobytes()[6:]))
    )
    assert tiff[:2] in (b"II", b"MM")
    olympus = b"IIRO" + tiff[4:] if tiff[:2] == b"II" else b"MMOR" + tiff[4:]
    for name, data in {
        "a.dng": tiff,
        "a.orf": olympus,
        "a.raf": fuji.ljust(100, b"\0") + jpeg,
        "a.cr3": b"\0\0\0\x18ftypcrx " + b"\0" * 12 + boxes,
    }.items():
        found = as_raw(tmp_path / name, data)
        assert (found.camera, found.taken_at) == ("Canon R", "2023-05-06T07:08:09"), name
        assert (found.width, found.height, found.format) == (7, 5, "raw")


def test_keywords_are_told_once_and_texts_are_clean() -> None:
    assert told.keywords(["Sea", " sea ", "", "two\nlines", "a\0b"]) == ("Sea", "two lines", "a")
    assert told.clean("a\x07b\r\nc\ud800") == "ab\nc?"
    assert len(told.clean("x" * 9999)) == told.CAPTION_LIMIT
