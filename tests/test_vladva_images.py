"""Files of every kind → upright RGB within limits, or an ImageError with a hint."""

import io
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from likeness import difference
from PIL import Image

from vladva import images
from vladva.errors import ImageError
from vladva.images import (
    DECODER_VERSION,
    FORMATS,
    IMAGE_SUFFIXES,
    PIXELS_VERSION,
    RAW_SUFFIXES,
    open_image,
    open_picture,
)


def saved(image: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
def test_known_formats_open_from_bytes_and_paths_whatever_their_suffix(
    form: str, tmp_path: Path
) -> None:
    picture = tiny.picture(60, 40)
    content = saved(picture, format=form)
    file = tmp_path / "picture.xyz"
    file.write_bytes(content)
    for source in (content, file, str(file)):
        opened = open_image(source)
        assert (opened.mode, opened.size) == ("RGB", (60, 40))
        assert difference(opened, picture) < 8


def test_formats_outside_the_list_are_refused_with_the_list() -> None:
    for form in ("ICO", "PPM", "JPEG2000", "TGA"):
        with pytest.raises(ImageError, match="not a picture of a known format") as caught:
            open_image(saved(tiny.picture(32, 32), format=form))
        assert all(name in caught.value.hint for name in FORMATS)


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ImageError, match="known format"):
        open_image(content)


def test_a_file_that_is_gone_or_cut_off_says_so(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="gone"):
        open_image(tmp_path / "none.jpg")
    with pytest.raises(ImageError, match="truncated"):
        open_image(saved(tiny.picture(64, 64), format="PNG")[:-60])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_orientation_is_applied_once(orientation: int, form: str) -> None:
    picture = tiny.picture(60, 40)
    turned = picture
    if orientation > 1:
        undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
        turned = picture.transpose(TURNS[undo])
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = open_image(saved(turned, format=form, exif=exif))
    assert opened.size == (60, 40)
    assert difference(opened, picture) < 5


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def test_transparent_pixels_turn_white() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    for content in (
        saved(clear, format="PNG"),
        saved(clear.convert("LA"), format="PNG"),
        saved(palette, format="PNG", transparency=1),
        saved(palette, format="GIF", transparency=1),
    ):
        assert (np.asarray(open_image(content)) == 255).all()
    half = open_image(saved(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), format="PNG"))
    assert half.getpixel((0, 0)) == (255, 127, 127)


def test_samples_of_16_bits_and_floats_keep_their_brightness() -> None:
    ramp = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    opened = np.asarray(open_image(saved(Image.fromarray(ramp), format="PNG")))[..., 0]
    assert np.abs(opened - ramp / 257).max() <= 1
    light = Image.fromarray((ramp / 65535).astype(np.float32))
    assert np.abs(np.asarray(open_image(saved(light, format="TIFF")))[..., 0] - opened).max() <= 1
    odd = np.array([[np.nan, -5.0], [0.0, 1e9]], dtype=np.float32)
    assert open_image(saved(Image.fromarray(odd), format="TIFF")).size == (2, 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_modes_become_rgb(mode: str) -> None:
    form = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    picture = tiny.picture(64, 64).convert(mode)
    opened = open_image(saved(picture, format=form))
    assert opened.mode == "RGB"
    assert difference(opened, picture.convert("RGB")) < 10


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(form: str) -> None:
    first, second = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    content = saved(first, format=form, save_all=True, append_images=[second])
    red, _, blue = np.asarray(open_image(content)).mean((0, 1))
    assert red > 200
    assert blue < 50


def test_a_picture_above_the_limit_is_refused_and_the_limit_named() -> None:
    content = saved(Image.new("RGB", (100, 101)), format="PNG")
    assert open_image(content, max_pixels=10_100).size == (100, 101)
    with pytest.raises(ImageError, match="more than 10,099 pixels") as caught:
        open_image(content, max_pixels=10_099)
    assert "max_pixels" in caught.value.hint


def test_a_draft_halves_a_jpeg_but_never_below_what_is_enough() -> None:
    picture = tiny.picture(800, 600)
    content = saved(picture, format="JPEG", quality=95)
    assert open_image(content).size == (800, 600)
    assert open_image(content, draft=301).size == (800, 600)
    assert open_image(content, draft=300).size == (400, 300)
    small = open_image(content, draft=10)
    assert small.size == (100, 75)
    assert difference(small, picture) < 4
    assert open_image(saved(picture, format="PNG"), draft=10).size == (800, 600)


def test_a_draft_lets_a_jpeg_above_the_limit_through(monkeypatch: pytest.MonkeyPatch) -> None:
    content = saved(Image.new("RGB", (800, 600)), format="JPEG")
    monkeypatch.setattr(images, "LARGEST_JPEG", 479_999)
    with pytest.raises(ImageError, match="more than"):
        open_image(content, max_pixels=200_000)
    assert open_image(content, max_pixels=200_000, draft=200).size == (400, 300)


@pytest.mark.parametrize(
    ("most", "size"), [(480_000, (800, 600)), (479_999, (400, 300)), (7_500, (100, 75))]
)
def test_a_jpeg_of_a_phone_that_has_too_many_pixels_comes_smaller_and_is_the_same_picture(
    most: int, size: tuple[int, int]
) -> None:
    picture = tiny.picture(800, 600)
    opened = open_picture(saved(picture, format="JPEG", quality=95), max_pixels=most)
    assert (opened.image.size, opened.width, opened.height) == (size, 800, 600)
    assert difference(opened.image, picture) < 4


@pytest.mark.parametrize(("size", "form"), [((800, 600), "PNG"), ((801, 600), "JPEG")])
def test_what_cannot_be_made_small_enough_is_refused(size: tuple[int, int], form: str) -> None:
    with pytest.raises(ImageError, match="more than 7,500 pixels"):
        open_image(saved(Image.new("RGB", size), format=form), max_pixels=7_500)


def test_pillows_own_limit_is_restored_and_never_off() -> None:
    before = Image.MAX_IMAGE_PIXELS
    seen: list[Any] = []

    def work() -> None:
        for _ in range(20):
            open_image(saved(tiny.picture(30, 30), format="PNG"))
            seen.append(Image.MAX_IMAGE_PIXELS)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in seen
    assert before == Image.MAX_IMAGE_PIXELS


def test_broken_metadata_does_not_lose_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Image.Image) -> Any:
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr(Image.Image, "getexif", broken)
    assert open_image(saved(tiny.picture(60, 40), format="PNG")).size == (60, 40)


@pytest.mark.parametrize("error", [ValueError, TypeError, EOFError, MemoryError, RecursionError])
def test_whatever_a_decoder_raises_becomes_an_image_error(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Image.Image) -> Any:
        raise error

    content = saved(tiny.picture(60, 40), format="BMP")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", broken)
    with pytest.raises(ImageError) as caught:
        open_image(content)
    assert caught.value.message
    assert caught.value.hint


def test_the_suffixes_of_known_formats_are_listed() -> None:
    assert {".jpg", ".jpeg", ".png", ".heic", ".avif", ".webp", ".tif", ".gif"} <= IMAGE_SUFFIXES
    assert {".dng", ".nef", ".cr2", ".cr3", ".arw", ".raf", ".orf", ".rw2"} <= RAW_SUFFIXES
    assert not RAW_SUFFIXES & IMAGE_SUFFIXES
    every = RAW_SUFFIXES | IMAGE_SUFFIXES
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in every)


def facts(content: bytes, draft: int | None = None) -> tuple[str, bool, int, int]:
    shown = open_picture(content, draft=draft)
    return shown.format, shown.animated, shown.width, shown.height


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_only_what_moves_is_animated(form: str) -> None:
    frames = [Image.new("RGB", (32, 16), colour) for colour in ("red", "blue", "lime")]
    moving = saved(frames[0], format=form, save_all=True, append_images=frames[1:])
    assert facts(moving) == (form.lower(), True, 32, 16)
    assert facts(saved(frames[0], format=form)) == (form.lower(), False, 32, 16)


@pytest.mark.parametrize("form", ["TIFF", "MPO"])
def test_further_pages_and_previews_are_no_animation(form: str) -> None:
    pages = [Image.new("RGB", (32, 16), colour) for colour in ("red", "blue")]
    content = saved(pages[0], format=form, save_all=True, append_images=pages[1:])
    assert facts(content) == ("jpeg" if form == "MPO" else "tiff", False, 32, 16)
    assert np.asarray(open_image(content)).mean((0, 1))[0] > 250


def test_the_whole_size_is_upright_and_before_the_draft() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(tiny.picture(800, 600), format="JPEG", exif=exif)
    assert facts(content, draft=100) == ("jpeg", False, 600, 800)
    assert open_image(content, draft=100).size == (150, 200)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_has_no_end_is_not_begun(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", Path("/dev/zero"), tmp_path):
        with pytest.raises(ImageError, match="not a file"):
            open_image(path)


def test_the_decoder_names_what_decodes() -> None:
    assert PIXELS_VERSION in DECODER_VERSION
    assert all(f"{name} " in DECODER_VERSION for name in ("pillow", "pi-heif", "rawpy"))
