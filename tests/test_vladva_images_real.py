"""Orientation on real files that were made to test it."""

import pytest
import tiny
from likeness import difference

from vladva import images
from vladva.images import open_image

ODD = tiny.DATA / "odd_images"
pytestmark = pytest.mark.skipif(not ODD.exists(), reason="no ../shared/data")


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_the_orientation_pictures_look_upright_alike(shape: str) -> None:
    opened = [open_image(ODD / "orientation" / f"{shape}_{i}.jpg") for i in range(9)]
    assert len({image.size for image in opened}) == 1
    assert max(difference(image, opened[1]) for image in opened) <= 6


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_the_same_check_notices_a_picture_that_is_turned_wrongly(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upright = open_image(ODD / "orientation" / f"{shape}_1.jpg")
    wrong = {number: 2 + (number - 1) % 7 for number in range(2, 9)}
    monkeypatch.setattr(images, "_UPRIGHT", {n: images._UPRIGHT[w] for n, w in wrong.items()})
    turned = [open_image(ODD / "orientation" / f"{shape}_{i}.jpg") for i in range(2, 9)]
    assert min(difference(image, upright) for image in turned) > 6


def test_orientation_of_heif_tiff_and_avif_is_applied_once() -> None:
    group = [open_image(ODD / "pillow" / f"g4_orientation_{i}.tif") for i in range(1, 9)]
    assert max(difference(image, group[0]) for image in group) <= 6
    tagged = [open_image(ODD / "pillow" / f"xmp_tags_orientation.{s}") for s in ("png", "avif")]
    assert difference(*tagged) <= 6
