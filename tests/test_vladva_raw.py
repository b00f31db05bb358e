"""Cameras' raw files: told by their bytes, shown by their preview, developed without one."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import rawpy
from PIL import Image
from raws import dng

from vladva import raw
from vladva.errors import ImageError
from vladva.images import open_image, open_picture
from vladva.raw import is_raw

SIZE = (720, 540)
CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def jpeg(size: tuple[int, int] = SIZE, orientation: int | None = None) -> bytes:
    """Blue, with a red quarter at the top left of its stored pixels."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif)
    content = stream.getvalue()
    return content if orientation is None else content[:2] + content[20:]  # EXIF first, as cameras


def red_corner(image: Image.Image) -> tuple[int, int]:
    quarters = np.asarray(image.resize((2, 2), Image.Resampling.BOX))
    (found,) = [(x, y) for x, y in CORNERS if quarters[y, x, 0] > 200]
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))]
)
def test_a_raw_file_is_its_preview_turned_as_the_raw_file_says(
    orientation: int, corner: tuple[int, int], order: str
) -> None:
    shown = open_picture(dng(jpeg(), SIZE, orientation=orientation, order=order))
    tall = orientation >= 5
    assert shown.image.size == (SIZE[::-1] if tall else SIZE)
    assert red_corner(shown.image) == corner
    assert (shown.width, shown.height) == ((480, 640) if tall else (640, 480))  # the sensor's
    assert (shown.format, shown.animated) == ("raw", False)


def test_a_previews_own_word_comes_first_unless_it_would_lie_down() -> None:
    assert red_corner(open_image(dng(jpeg(orientation=3), SIZE))) == (1, 1)
    standing = open_image(dng(jpeg(orientation=1), SIZE, orientation=6))
    assert standing.size == SIZE[::-1]
    assert red_corner(standing) == (1, 0)
    already = open_image(dng(jpeg(SIZE[::-1]), SIZE[::-1], orientation=6))
    assert already.size == SIZE[::-1]
    assert red_corner(already) == (0, 0)


@pytest.mark.parametrize("preview", [b"", jpeg((160, 120)), b"\xff\xd8\xff\xe0 no more"])
def test_without_a_useful_preview_the_samples_are_developed_at_half_size(preview: bytes) -> None:
    content = dng(preview, (160, 120), size=(1400, 1050), orientation=6)
    shown = open_picture(content)
    assert shown.image.size == (525, 700)
    assert (shown.width, shown.height) == (1050, 1400)
    columns = np.asarray(shown.image.convert("L"), dtype=float)
    assert columns[100].mean() < columns[600].mean() - 50  # brighter to the right, turned downwards
    with pytest.raises(ImageError, match="more than 300,000 pixels"):
        open_image(content, max_pixels=300_000)


def test_a_preview_is_decoded_no_larger_than_is_enough() -> None:
    content = dng(jpeg((2880, 2160)), (2880, 2160), size=(2880, 2160))
    assert open_image(content, draft=500).size == (720, 540)
    assert open_image(content, draft=500, max_pixels=500_000).size == (720, 540)


def test_bytes_decide_and_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "raw.tif").write_bytes(dng(jpeg(), SIZE))
    Image.new("RGB", (60, 40), "green").save(tmp_path / "plain.dng", "TIFF")
    Image.new("RGB", (60, 40), "green").save(tmp_path / "photo.cr2", "JPEG")
    found = [open_picture(tmp_path / name) for name in ("raw.tif", "plain.dng", "photo.cr2")]
    assert [picture.format for picture in found] == ["raw", "tiff", "jpeg"]


def test_a_tiff_is_raw_by_its_tags_and_not_by_its_camera(tmp_path: Path) -> None:
    plain = tmp_path / "scan.tif"
    exif = Image.Exif()
    exif[271] = "NIKON CORPORATION"
    Image.new("RGB", (60, 40)).save(plain, exif=exif)
    assert not is_raw(io.BytesIO(plain.read_bytes()))
    for order in "<>":
        assert is_raw(io.BytesIO(dng(order=order)))
        assert is_raw(io.BytesIO(dng(order=order, without=(50706, 254))))  # by its samples


def test_a_raw_tiff_that_libraw_does_not_know_is_opened_as_a_tiff(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[254], exif[271] = 1, "Unheard-of"
    Image.new("RGB", (60, 40), "green").save(tmp_path / "a.tif", exif=exif)
    content = (tmp_path / "a.tif").read_bytes()
    assert is_raw(io.BytesIO(content))
    shown = open_picture(content)
    assert (shown.format, shown.image.getpixel((0, 0))) == ("tiff", (0, 128, 0))


@pytest.mark.parametrize(
    "head",
    [
        b"FUJIFILMCCD-RAW 0201FF129502X100",
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        b"II*\0\x10\0\0\0CR\2\0",
        b"IIU\0\x18\0\0\0",
        b"IIRO\x08\0\0\0",
        b"FOVb\0\0\3\0",
        b"II*\0\x08\0\0\0\xff\xff",
        b"MM\0*\xff\xff\xff\xff",
    ],
)
def test_garbage_behind_a_raw_files_first_bytes_fails_with_a_hint(head: bytes) -> None:
    rubbish = head + np.random.default_rng(0).bytes(4000)
    for content in (head, rubbish):
        with pytest.raises(ImageError) as caught:
            open_image(content)
        assert caught.value.hint


def test_a_cut_raw_file_opens_by_what_is_left_or_fails_with_a_hint() -> None:
    whole = dng(jpeg(), SIZE)
    ends = range(0, 13000, 650)
    assert len(ends) == sum(opens_or_hints(whole[:end]) is not None for end in ends)
    assert opens_or_hints(whole[:100]) == "hint"
    assert opens_or_hints(whole[:-1000]) == "raw"


def opens_or_hints(content: bytes) -> str | None:
    try:
        return open_picture(content).format
    except ImageError as error:
        return "hint" if error.hint else None


@pytest.mark.timeout(20)
def test_a_tiff_whose_directories_go_in_circles_comes_to_an_end() -> None:
    for below in (330, 271):  # as its own sub-directory, and as its own successor
        entry = struct.pack("<HHII", below, 4, 1, 8)
        looped = struct.pack("<4sIH", b"II*\0", 8, 1) + entry + struct.pack("<I", 8)
        assert not is_raw(io.BytesIO(looped))


@pytest.mark.parametrize("name", ["LibRawDataError", "LibRawFileUnsupportedError"])
def test_samples_that_libraw_cannot_develop_are_an_image_error(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: raw.Shot, _max_pixels: int) -> Image.Image:
        raise getattr(rawpy, name)(b"no")

    monkeypatch.setattr(raw.Shot, "developed", broken)
    with pytest.raises(ImageError, match="damaged or unsupported"):
        open_image(dng())


def test_a_lack_of_memory_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(_file: object) -> None:
        raise rawpy.LibRawUnsufficientMemoryError(b"no")

    monkeypatch.setattr(rawpy, "imread", hungry)
    with pytest.raises(ImageError, match="more memory") as caught:
        open_image(dng())
    assert isinstance(caught.value.__cause__, MemoryError)
