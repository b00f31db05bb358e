"""What is read of a picture beside its pixels, whichever format and source says it."""

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from fakes import stamp_of
from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from vladva.images import Picture, open_picture
from vladva.indexes.catalog import FileStamp
from vladva.indexes.facts.metadata import Metadata, read

E = ExifTags.Base
PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<rdf:Description rdf:about="" xmp:Rating="{rating}"><dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">{caption}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>{keyword}</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def packet(caption: str = "a pier", rating: str = "4", keyword: str = "sea") -> bytes:
    return PACKET.format(caption=caption, rating=rating, keyword=keyword).encode()


def exif_of(
    *,
    ifd: dict[str, Any] | None = None,
    gps: dict[int, object] | None = None,
    **tags: object,
) -> Image.Exif:
    exif = Image.Exif()
    for name, value in tags.items():
        exif[E[name]] = value
    if ifd:
        exif.get_ifd(ExifTags.IFD.Exif).update({E[name]: v for name, v in ifd.items()})
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    return exif


def facts(path: Path, **tags: Any) -> Metadata:
    """Those of a new picture with this EXIF, or of the file that is there."""
    if not path.exists():
        Image.new("RGB", tags.pop("size", (40, 20)), "teal").save(path, exif=exif_of(**tags))
    data = path.read_bytes()
    return read(data, stamp_of(path), open_picture(data))


def iptc(*records: tuple[int, int, bytes]) -> bytes:
    return b"".join(struct.pack(">BBBH", 0x1C, *key, len(value)) + value for *key, value in records)


def iptc_segment(records: bytes) -> bytes:
    """The segment of a JPEG in which Photoshop keeps IPTC records."""
    size = struct.pack(">I", len(records))
    block = b"Photoshop 3.0\08BIM\x04\x04\0\0" + size + records + b"\0" * (len(records) % 2)
    return b"\xff\xed" + struct.pack(">H", len(block) + 2) + block


def with_iptc(path: Path, records: bytes) -> Path:
    Image.new("RGB", (40, 20)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:2] + iptc_segment(records) + data[2:])
    return path


def test_facts_come_from_exif(tmp_path: Path) -> None:
    found = facts(
        tmp_path / "a.jpg",
        Make="Canon",
        Model="Canon EOS R6",
        DateTime="2030:01:01 00:00:00",
        ImageDescription="Grüße vom Meer".encode(),
        ifd={
            "DateTimeOriginal": "2023:05:06 07:08:09",
            "OffsetTimeOriginal": "+02:00",
            "LensModel": "RF24-105mm F4 L IS USM",
        },
        gps={1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.0, 40.0)},
    )
    assert found.taken_at == "2023-05-06T07:08:09+02:00"
    assert (found.camera, found.lens) == ("Canon EOS R6", "RF24-105mm F4 L IS USM")
    assert found.lat == pytest.approx(-33.86)
    assert found.lon == pytest.approx(151.2111111)
    assert (found.caption, found.caption_source) == ("Grüße vom Meer", "exif")
    assert (found.format, found.animated, found.width, found.height) == ("jpeg", 0, 40, 20)


def test_makers_are_named_once_and_dates_need_no_offset(tmp_path: Path) -> None:
    found = facts(
        tmp_path / "a.jpg",
        Make="NIKON\0",
        Model="Z 6",
        ifd={"DateTimeOriginal": "2023:05:06 07:08:09"},
    )
    assert (found.camera, found.taken_at) == ("NIKON Z 6", "2023-05-06T07:08:09")
    assert facts(tmp_path / "b.jpg", DateTime="2021:02:03 04:05:06").taken_at == (
        "2021-02-03T04:05:06"
    )


def test_nonsense_in_exif_is_nothing(tmp_path: Path) -> None:
    found = facts(
        tmp_path / "a.jpg",
        ifd={"DateTimeOriginal": "0000:00:00 00:00:00", "UserComment": b"ASCII\0\0\0\0\0\0\0"},
        gps={1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
    )
    assert found == Metadata(40, 20, format="jpeg")
    far = facts(tmp_path / "b.jpg", gps={1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (1.0, 0, 0)})
    assert (far.lat, far.lon) == (None, None)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffeXIf"])
def test_what_cannot_be_opened_has_the_facts_of_its_pixels(data: bytes) -> None:
    picture = Picture(Image.new("RGB", (1, 1)), 7, 5, "png", animated=True)
    stamp = FileStamp("/nowhere/x.png", 1, 1, 1, 1, "x.xmp\t1\t1")
    assert read(data, stamp, picture) == Metadata(7, 5, format="png", animated=1)
    assert read(data, stamp, Picture(picture.image, 7, 5, "raw", animated=False)).format == "raw"


def test_the_size_is_the_upright_one(tmp_path: Path) -> None:
    found = facts(tmp_path / "a.jpg", size=(40, 20), Orientation=6)
    assert (found.width, found.height) == (20, 40)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"ASCII\0\0\0a red door", "a red door"),
        (b"UNICODE\0" + "Tür".encode("utf-16-le"), "Tür"),
        (b"UNICODE\0" + "Tür".encode("utf-16-be"), "Tür"),
        (b"UNICODE\0" + "門".encode("utf-16"), "門"),
        (b"JIS\0\0\0\0\0" + "門".encode("iso2022_jp"), "門"),
        (b"\0" * 8 + "Tür".encode("cp1252"), "Tür"),
        (b"written without a charset", "written without a charset"),
        (b"ASCII\0\0\0filter: 0; fileterIntensity: 0.0; filterMask: 0;", None),
        (b'ASCII\0\0\0{"mode": "night"}', None),
        (b"ASCII\0\0\0" + b" " * 40, None),
    ],
)
def test_user_comments_name_their_charset(tmp_path: Path, raw: bytes, expected: str) -> None:
    assert facts(tmp_path / "a.jpg", ifd={"UserComment": raw}).caption == expected


@pytest.mark.parametrize(
    "words",
    [
        "OLYMPUS DIGITAL CAMERA",
        "SONY DSC",
        "KONICA MINOLTA DIGITAL CAMERA",
        "Exif_JPEG_PICTURE",
        "SAMSUNG CAMERA PICTURES",
        "DSC_0042.JPG",
        "IMG_20200101_120000",
        "Untitled",
        "Created with GIMP",
        "....",
        "<Digimax S500>",
    ],
)
def test_what_a_camera_writes_into_every_picture_is_no_caption(tmp_path: Path, words: str) -> None:
    found = facts(tmp_path / "a.jpg", ImageDescription=words)
    assert (found.caption, found.caption_source) == (None, None)


def test_a_mode_is_no_caption_and_words_are(tmp_path: Path) -> None:
    assert facts(tmp_path / "a.jpg", Make="HUAWEI", ImageDescription="ozedf").caption is None
    assert facts(tmp_path / "b.jpg", Make="HUAWEI", ImageDescription="our dog").caption == "our dog"
    assert facts(tmp_path / "c.jpg", ImageDescription="Camera obscura").caption == "Camera obscura"
    assert facts(tmp_path / "d.jpg", ImageDescription="Image of a dog").caption == "Image of a dog"


def test_windows_writes_keywords_comments_and_stars(tmp_path: Path) -> None:
    found = facts(
        tmp_path / "a.jpg",
        XPKeywords="Meer; Boot;meer;".encode("utf-16-le"),
        XPComment="ein Boot\0".encode("utf-16-le"),
        Rating=3,
    )
    assert (found.keywords, found.caption, found.rating) == ("Meer\nBoot", "ein Boot", 3)


def test_iptc_is_read_in_its_charset(tmp_path: Path) -> None:
    words = ((2, 120, "Ein Löwe".encode()), (2, 25, b"Zoo"), (2, 25, "Löwe".encode()))
    date = ((2, 55, b"20190304"), (2, 60, b"050607+0100"))
    found = facts(with_iptc(tmp_path / "a.jpg", iptc((1, 90, b"\x1b%G"), *words, *date)))
    assert (found.caption, found.caption_source) == ("Ein Löwe", "iptc")
    assert (found.keywords, found.taken_at) == ("Zoo\nLöwe", "2019-03-04T05:06:07+01:00")
    bare = facts(with_iptc(tmp_path / "b.jpg", iptc((2, 120, "Löwe".encode("latin-1")))))
    assert bare.caption == "Löwe"
    cut = facts(with_iptc(tmp_path / "c.jpg", iptc(*words)[:-9]))
    assert cut.caption == "Ein Löwe"


def test_iptc_of_a_tiff_is_read_to_its_end(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33723] = iptc((2, 120, b"a tiff's own"))
    Image.new("RGB", (40, 20)).save(tmp_path / "a.tif", tiffinfo=tags)
    assert facts(tmp_path / "a.tif").caption == "a tiff's own"
    whole = (tmp_path / "a.tif").read_bytes()
    entry = struct.pack("<HHI", 33723, 7, 17)
    assert entry in whole
    longs = struct.pack("<HHI", 33723, 4, 4)  # as Photoshop calls these bytes
    (tmp_path / "b.tif").write_bytes(whole.replace(entry, longs))
    assert facts(tmp_path / "b.tif").caption == "a tiff's ow"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tif"])
def test_every_format_carries_exif_and_xmp(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    exif = exif_of(Make="Canon", DateTime="2023:05:06 07:08:09")
    image = Image.new("RGB", (40, 20), "teal")
    if suffix == "png":
        image.save(path, exif=exif)
        path.write_bytes(behind_the_pixels(path.read_bytes(), b"iTXt", text(packet())))
    elif suffix == "tif":
        exif[700] = packet()
        image.save(path, exif=exif)
    else:
        image.save(path, exif=exif, xmp=packet())
    found = facts(path)
    assert (found.camera, found.taken_at) == ("Canon", "2023-05-06T07:08:09")
    assert (found.caption, found.caption_source) == ("a pier", "xmp")
    assert (found.rating, found.keywords) == (4, "sea")


def text(words: bytes) -> bytes:
    return b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(words)


def behind_the_pixels(png: bytes, kind: bytes, body: bytes) -> bytes:
    chunk = struct.pack(">I", len(body)) + kind + body
    chunk += struct.pack(">I", zlib.crc32(chunk[4:]))
    return png[:-12] + chunk + png[-12:]


def test_a_png_says_it_in_its_own_words_too(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 20)).save(path)
    data = behind_the_pixels(path.read_bytes(), b"tEXt", b"Comment\0Created with GIMP")
    data = behind_the_pixels(data, b"zTXt", b"Description\0\0" + zlib.compress(b"a fl\xfcgel"))
    exif = exif_of(DateTime="2021:02:03 04:05:06").tobytes()[6:]
    path.write_bytes(behind_the_pixels(data, b"eXIf", exif))
    found = facts(path)
    assert (found.caption, found.caption_source) == ("a flügel", "png")
    assert found.taken_at == "2021-02-03T04:05:06"


def test_heic_has_its_facts(shared_data: Path) -> None:
    found = [
        facts(path)
        for path in sorted((shared_data / "odd_images" / "exif").rglob("*.[hH][eE][iI][cC]"))
    ]
    assert found
    assert all(one.format == "heif" and one.width for one in found)
    assert any(one.taken_at and one.camera for one in found)


def test_no_odd_picture_makes_the_facts_fail(shared_data: Path) -> None:
    files = [p for p in (shared_data / "odd_images").rglob("*") if p.is_file()]
    picture = Picture(Image.new("RGB", (1, 1)), 7, 5, "jpeg", animated=False)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    for path in files[::3]:
        if path.stat().st_size < 2_000_000:
            found = read(path.read_bytes(), FileStamp(str(path), 1, 1, 1, 1), picture)
            assert (found.width, found.height) == (7, 5)
            (found.caption or "").encode()
