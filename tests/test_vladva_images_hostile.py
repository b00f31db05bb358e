"""Pictures at the edge of what is possible: large, thin, wordy, lying about themselves."""

import io
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rawpy
import tiny
from PIL import Image, PngImagePlugin, TiffImagePlugin
from raws import dng

from vladva import colour
from vladva.colour import to_srgb
from vladva.errors import ImageError
from vladva.images import open_image, open_picture, opened

resource = pytest.importorskip("resource")


def saved(image: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk before its pixels."""
    chunk = struct.pack(">I", len(body)) + kind + body
    return png[:33] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + png[33:]


@contextmanager
def memory(more: int) -> Iterator[None]:
    """No more than so many bytes beyond what the process has."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(("mode", "more"), [("RGBA", 150), ("LA", 150), ("I;16", 200)])
def test_the_way_to_rgb_takes_little_more_than_the_rgb(mode: str, more: int) -> None:
    image = Image.new(mode, (5000, 4000))  # 80 MB as RGB
    to_srgb(image.resize((8, 8), Image.Resampling.NEAREST))
    with memory(more << 20):
        shown = to_srgb(image)
    assert shown.size == (5000, 4000)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "F"])
def test_strips_and_the_whole_give_the_same_samples(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (31, 17, 4), np.uint8)
    image = Image.fromarray(samples, "RGBA")
    if mode in ("I;16", "F"):
        wide = samples[..., 0].astype(np.uint16) * 250 + samples[..., 1]
        image = Image.fromarray(wide if mode == "I;16" else wide.astype(np.float32) - 900)
    whole = np.asarray(to_srgb(image.convert(mode)))
    monkeypatch.setattr(colour, "_AT_ONCE", 50)
    assert np.array_equal(np.asarray(to_srgb(image.convert(mode))), whole)
    assert whole.std() > 20


def test_a_png_may_say_as_much_as_a_workflow_and_a_bomb_of_words_is_refused() -> None:
    png = saved(tiny.picture(60, 40), format="PNG")
    before = PngImagePlugin.MAX_TEXT_CHUNK
    wordy = with_chunk(png, b"zTXt", b"workflow\0\0" + zlib.compress(b"a" * (3 << 20)))
    assert open_image(wordy).size == (60, 40)
    bomb = with_chunk(png, b"zTXt", b"workflow\0\0" + zlib.compress(bytes(64 << 20)))
    with pytest.raises(ImageError, match="too large"):
        open_image(bomb)
    assert before == PngImagePlugin.MAX_TEXT_CHUNK


def test_a_profile_that_is_no_profile_costs_nothing() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[34675] = 5
    tags.tagtype[34675] = 3
    assert open_image(saved(tiny.picture(60, 40), format="TIFF", tiffinfo=tags)).size == (60, 40)


@pytest.mark.parametrize("form", ["AVIF", "WEBP", "PNG", "TIFF", "JPEG", "GIF"])
def test_a_cut_file_is_called_damaged_and_not_unknown(form: str) -> None:
    content = saved(tiny.picture(200, 100), format=form)
    for share in (2, 8):
        with pytest.raises(ImageError, match="damaged") as caught:
            open_image(content[: len(content) // share])
        assert caught.value.hint


@pytest.mark.parametrize("progressive", [False, True])
def test_a_header_that_promises_too_much_is_refused_at_once(progressive: bool) -> None:
    content = bytearray(saved(tiny.picture(60, 40), format="JPEG", progressive=progressive))
    at = content.find(b"\xff\xc2" if progressive else b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    with pytest.raises(ImageError, match="more than 100,000,000 pixels"):
        open_image(bytes(content))
    with opened(bytes(content)) as image:
        assert image.size == (65500, 65500)


def test_what_a_decoder_says_is_told_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: object) -> None:
        raise rawpy.LibRawIOError(b"Input/output error\nmore")

    monkeypatch.setattr(rawpy, "imread", broken)
    with pytest.raises(ImageError) as caught:
        open_image(dng())
    assert caught.value.message == "damaged or unsupported: Input/output error"

    def rude(_self: Image.Image) -> None:
        raise ValueError("a\0b\udce9\x9b31m")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", rude)
    with pytest.raises(ImageError) as caught:
        open_image(saved(tiny.picture(8, 8), format="BMP"))
    assert caught.value.message == "damaged or unsupported: a?b??31m"


def test_a_preview_that_lies_beyond_the_file_is_none() -> None:
    preview = saved(Image.new("RGB", (720, 540), "lime"), format="JPEG")
    content = dng(preview, (720, 540))
    start = content.find(preview)
    lost = content.replace(struct.pack("<I", start), struct.pack("<I", 0x7FFFFFF0))
    assert lost != content
    assert open_picture(lost).image.size == (320, 240)  # developed at half size


@pytest.mark.timeout(20)
def test_many_pages_and_frames_cost_no_more_than_the_first() -> None:
    page = saved(Image.new("L", (8, 8), 200), format="TIFF")
    (at,) = struct.unpack("<I", page[4:8])
    (count,) = struct.unpack("<H", page[at : at + 2])
    entries, pages = page[at : at + 2 + 12 * count], bytearray(page)
    link = at + 2 + 12 * count
    for _ in range(100_000):
        pages[link : link + 4] = struct.pack("<I", len(pages))
        link = len(pages) + len(entries)
        pages += entries + bytes(4)
    assert open_picture(bytes(pages)).animated is False
    film = saved(Image.new("P", (4, 4)), format="GIF")
    frame = film[film.find(b"\x2c") : -1]
    assert open_picture(film[:-1] + frame * 100_000 + b";").animated is True
