"""Colours as they were meant: whatever space a picture was saved in, its pixels are sRGB."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from vladva.colour import to_srgb
from vladva.encoders.prepare import HALF, crop_of
from vladva.images import open_image
from vladva.toyland.draw import draw
from vladva.toyland.invent import invent

XYZ_TO_ROWS = {
    "srgb": ((0.4361, 0.3851, 0.1431), (0.2225, 0.7169, 0.0606), (0.0139, 0.0971, 0.7141)),
    "p3": ((0.5151, 0.2920, 0.1571), (0.2412, 0.6922, 0.0666), (-0.0011, 0.0419, 0.7841)),
    "adobe": ((0.6097, 0.2053, 0.1492), (0.3111, 0.6257, 0.0632), (0.0195, 0.0609, 0.7446)),
}
"""RGB → XYZ at D50, as the profiles of these spaces have it."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def matrix_profile(space: str, gamma: float = 2.2) -> bytes:
    """An ICC profile (version 2) of three primaries and one gamma."""
    columns = np.array(XYZ_TO_ROWS[space]).T
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {
        name: _xyz(*column) for name, column in zip(("rXYZ", "gXYZ", "bXYZ"), columns, strict=True)
    }
    tags |= {"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    tags |= dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve)
    return _profile(tags, b"RGB ")


def gray_profile(gamma: float) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    return _profile({"wtpt": _xyz(0.9642, 1.0, 0.8249), "kTRC": curve}, b"GRAY")


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _profile(tags: dict[str, bytes], space: bytes) -> bytes:
    tags = {"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78), **tags}
    table, data, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += name.encode() + struct.pack(">II", at + len(data), len(value))
        data += padded
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(
        ">I4s4s4s4s4s", 128 + len(body), bytes(4), b"\2\x40\0\0", b"mntr", space, b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + body


def saved(image: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_colours_of_a_wide_space_look_as_they_were_meant(form: str) -> None:
    """(128, 200, 95) in Display P3 at gamma 2.2, by the two spaces' matrices."""
    meant = np.array([104, 204, 77])
    options = {"quality": 100} if form != "PNG" else {}
    if form in ("JPEG", "AVIF"):
        options["subsampling"] = "4:4:4"
    stored = Image.new("RGB", (32, 32), (128, 200, 95))
    plain = np.array(open_image(saved(stored, format=form, **options)).getpixel((9, 9)))
    wide = saved(stored, format=form, icc_profile=matrix_profile("p3"), **options)
    shown = np.array(open_image(wide).getpixel((9, 9)))
    assert np.abs(plain - (128, 200, 95)).max() <= 3
    assert np.abs(shown - meant).max() <= 5
    assert np.abs(shown - plain).max() > 15


def in_space(picture: Image.Image, profile: bytes) -> Image.Image:
    """An sRGB picture as samples of another space."""
    srgb, other = (ImageCms.ImageCmsProfile(io.BytesIO(data)) for data in (SRGB, profile))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    change = ImageCms.buildTransform(srgb, other, "RGB", "RGB", intent)
    stored = ImageCms.applyTransform(picture, change)
    assert stored is not None
    stored.info.clear()  # Pillow would save the profile whether it is given or not
    return stored


@pytest.mark.parametrize("space", ["p3", "adobe"])
def test_an_encoder_gets_the_same_input_whatever_space_a_picture_was_saved_in(space: str) -> None:
    """Input of about -1 to 1; ignoring the profile would cost ten times as much and more."""
    prepare = crop_of({}, size=224, crop=224, resample=3, mean=HALF, std=HALF)
    profile = matrix_profile(space)
    for number in range(8):
        picture = draw(invent("test", 1, number))
        stored = in_space(picture, profile)
        wide, bare = saved(stored, format="PNG", icc_profile=profile), saved(stored, format="PNG")
        meant, shown, wrong = (
            np.asarray(prepare(image)["pixel_values"], np.float64)
            for image in (picture, open_image(wide), open_image(bare))
        )
        converted, ignored = np.abs(shown - meant).mean(), np.abs(wrong - meant).mean()
        assert converted < 0.003
        assert ignored > 10 * converted


def test_a_profile_of_srgb_changes_no_sample() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    for profile in (SRGB, None):
        assert np.array_equal(np.asarray(to_srgb(noise, profile)), np.asarray(noise))


def test_a_gray_and_a_cmyk_picture_become_rgb_by_their_own_profiles() -> None:
    gray = Image.new("L", (8, 8), 100)
    lighter = to_srgb(gray, gray_profile(1.0)).getpixel((0, 0))
    assert to_srgb(gray).getpixel((0, 0)) == (100, 100, 100)
    assert isinstance(lighter, tuple)
    assert min(lighter) > 160
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert to_srgb(cmyk, matrix_profile("p3")).getpixel((0, 0)) == (255, 0, 0)


def test_transparent_pixels_are_white_in_any_space() -> None:
    clear = Image.new("RGBA", (8, 8), (10, 200, 30, 0))
    assert to_srgb(clear, matrix_profile("adobe")).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    "profile",
    [b"", b"rubbish", SRGB[:200], bytes(4096), SRGB[:128] + b"\xff" * 3000, bytes(9 << 20)],
)
def test_a_broken_profile_is_no_reason_to_lose_a_picture(profile: bytes) -> None:
    picture = Image.new("RGB", (8, 8), (128, 200, 95))
    assert to_srgb(picture, profile).getpixel((0, 0)) == (128, 200, 95)
    content = saved(picture, format="TIFF", icc_profile=profile)
    assert open_image(content).getpixel((0, 0)) == (128, 200, 95)


def test_a_cmyk_jpeg_of_adobes_is_not_shown_as_its_negative() -> None:
    """Adobe stores ink inverted, Pillow writes and reads such files: white paper stays white."""
    paper = saved(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), format="JPEG", quality=95)
    assert b"Adobe" in paper
    assert np.asarray(open_image(paper)).min() > 250
    ink = saved(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), format="JPEG", quality=95)
    red, green, blue = np.asarray(open_image(ink)).mean((0, 1))
    assert red < 10
    assert min(green, blue) > 245


MODES = "1 L LA La P PA RGB RGBA RGBX RGBa CMYK YCbCr LAB HSV I I;16 I;16B F"


@pytest.mark.parametrize("mode", MODES.split())
def test_every_mode_that_pillow_has_becomes_rgb(mode: str) -> None:
    shown = to_srgb(Image.new(mode, (4, 3)), matrix_profile("p3"))
    assert (shown.mode, shown.size) == ("RGB", (4, 3))
