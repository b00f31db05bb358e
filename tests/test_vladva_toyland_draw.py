"""The drawn world's pictures: deterministic, filled boxes, colours and kinds told apart."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from vladva.toyland.art import ART, ASPECTS, silhouette
from vladva.toyland.draw import THING_AT_NIGHT, draw
from vladva.toyland.scene import BACKGROUNDS, COLOURS, KINDS, SIZES, TIMES, Scene, Thing, Time

SMALLEST = 24
"""Longer side of the smallest thing in a picture of 112 pixels."""
CLOSEST = 0.78
"""Overlap of the two most alike silhouettes (measured: 0.75, house and ball)."""


def thing(kind: str, colour: str = "red", longer: float = 0.5, **changes: Any) -> Thing:
    aspect = ASPECTS[kind]
    width, height = (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)
    box = (0.5 - width / 2, 0.9 - height, width, height)
    return replace(Thing(0, kind, colour, "small", box, 0), **changes)


def scene(*things: Thing, background: str = "meadow", time: Time = "day", look: int = 5) -> Scene:
    return Scene("demo", 0, 0, things, background, time, look)


def pixels(drawn: Scene, size: int = 112) -> npt.NDArray[np.int16]:
    return np.asarray(draw(drawn, size)).astype(np.int16)


def visible(kind: str, size: int = 256, **changes: Any) -> npt.NDArray[np.bool_]:
    """Pixels of a thing: where two colours of it differ; neither ground nor shadow does."""
    one, other = (pixels(scene(thing(kind, c, **changes)), size) for c in ("red", "green"))
    different: npt.NDArray[np.bool_] = np.any(one != other, axis=2)
    return different


@cache
def body(kind: str, time: Time) -> npt.NDArray[np.bool_]:
    """Pixels of a smallest thing that wear its colour, wherever it is drawn with this seed."""
    longer = SIZES["small"]
    black, white = (pixels(scene(thing(kind, c, longer), time=time)) for c in ("black", "white"))
    worn: npt.NDArray[np.bool_] = np.all(white - black > 110, axis=2)
    return worn


def outline(kind: str, *, flip: bool) -> npt.NDArray[np.float64]:
    """The silhouette's coverage of a field of 24 × 24 pixels."""
    points = silhouette(kind).points * 1.0
    if flip:
        points[:, 0] = 1 - points[:, 0]
    finer, aspect = SMALLEST * 8, ASPECTS[kind]
    sides = np.array([min(1.0, aspect), min(1.0, 1 / aspect)]) * finer
    points = points * sides + (finer - sides) / 2
    image = Image.new("L", (finer, finer))
    pen = ImageDraw.Draw(image)
    for group in silhouette(kind).groups:
        for part in group:
            pen.polygon(points[part.start : part.stop].ravel().tolist(), 255)
    return np.asarray(image.reduce(8)) / 255


def test_every_kind_has_an_aspect_and_a_silhouette_and_nothing_else_does() -> None:
    assert set(ASPECTS) == set(ART["kinds"]) == set(KINDS)
    assert list(ART["colours"]) == list(COLOURS)
    assert set(ART["backgrounds"]) == set(BACKGROUNDS)


def test_no_two_of_the_ten_colours_are_close() -> None:
    for one, other in combinations(ART["colours"].values(), 2):
        assert np.linalg.norm(np.subtract(one, other)) > 80


def test_same_scene_gives_same_bytes_in_another_process() -> None:
    here = hashlib.sha256(draw(scene(thing("dog", tilt=3.0, seed=9)), 96).tobytes()).hexdigest()
    code = (
        "import hashlib; from vladva.toyland.draw import draw;"
        "from vladva.toyland.scene import Scene, Thing;"
        f"t = {thing('dog', tilt=3.0, seed=9)!r};"
        "s = Scene('demo', 0, 0, (t,), 'meadow', 'day', 5);"
        "print(hashlib.sha256(draw(s, 96).tobytes()).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_kind_and_colour_is_drawn_before_every_background(background: str) -> None:
    for number, kind in enumerate(KINDS):
        for time in TIMES:
            colour = COLOURS[(number + BACKGROUNDS.index(background)) % len(COLOURS)]
            drawn = scene(thing(kind, colour), background=background, time=time)
            empty = scene(background=background, time=time)
            image = draw(drawn, 64)
            assert (image.mode, image.size) == ("RGB", (64, 64))
            assert np.abs(pixels(drawn, 64) - pixels(empty, 64)).max() > 60


@pytest.mark.parametrize("kind", KINDS)
def test_thing_touches_all_four_sides_of_its_box(kind: str) -> None:
    for seed in (0, 1):
        standing = thing(kind, seed=seed, flip=bool(seed))
        ys, xs = np.nonzero(visible(kind, seed=seed, flip=bool(seed)))
        x, y, width, height = (value * 256 for value in standing.box)
        slack = 1.5 + 0.04 * min(width, height)
        found = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        assert np.abs(np.array(found) - (x, y, x + width, y + height)).max() <= slack


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("colour", COLOURS)
def test_colour_of_the_smallest_thing_is_nearest_to_its_own(colour: str, time: Time) -> None:
    palette = np.array(list(ART["colours"].values()), dtype=np.float64)
    if time == "night":
        palette = palette * THING_AT_NIGHT
    for kind in KINDS:
        seen = pixels(scene(thing(kind, colour, SIZES["small"]), time=time))[body(kind, time)]
        distances = ((palette - seen.mean(axis=0)) ** 2).sum(axis=1)
        assert COLOURS[int(distances.argmin())] == colour, kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_wears_its_colour_on_most_of_its_area(kind: str) -> None:
    share = body(kind, "day").sum() / visible(kind, 112, longer=SIZES["small"]).sum()
    assert share > 0.4


def test_no_two_silhouettes_are_alike_at_the_smallest_size() -> None:
    shapes = {kind: (outline(kind, flip=False), outline(kind, flip=True)) for kind in KINDS}
    for one, other in combinations(KINDS, 2):
        first = shapes[one][0]
        for second in shapes[other]:
            overlap = np.minimum(first, second).sum() / np.maximum(first, second).sum()
            assert overlap < CLOSEST, (one, other)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_night_is_darker_than_day(background: str) -> None:
    day, night = (pixels(scene(background=background, time=time)).mean() for time in TIMES)
    assert night < 0.75 * day


@pytest.mark.parametrize("time", TIMES)
def test_a_thing_stands_out_from_every_background(time: Time) -> None:
    for background in BACKGROUNDS:
        empty = pixels(scene(background=background, time=time))
        for colour in COLOURS:
            drawn = pixels(scene(thing("ball", colour), background=background, time=time))
            change = np.abs(drawn - empty).max(axis=2)
            assert np.percentile(change[visible("ball", 112)], 90) > 40, (background, colour)


def test_a_black_thing_has_a_light_rim_at_night() -> None:
    drawn = pixels(scene(thing("chair", "black"), background="forest", time="night"), 256)
    shown = drawn[visible("chair")].mean(axis=1)
    assert np.median(shown) < 75
    assert np.percentile(shown, 97) > 115


def test_flipped_thing_is_its_mirror_image() -> None:
    plain, flipped = visible("boat"), visible("boat", flip=True)
    assert (plain == flipped[:, ::-1]).mean() > 0.98
    assert (plain == flipped).mean() < 0.985


def test_positive_tilt_turns_anticlockwise() -> None:
    ys, xs = np.nonzero(visible("table", tilt=10.0))
    assert ys[xs < 110].min() > ys[xs > 146].min()


def test_seed_changes_the_shape_a_little() -> None:
    one, other = visible("cat", seed=1), visible("cat", seed=2)
    assert 0.85 < (one & other).sum() / (one | other).sum() < 0.999


def test_later_thing_hides_the_earlier_one() -> None:
    near, far = thing("ball", "blue", 0.3), thing("ball", "red", 0.3)
    assert (pixels(scene(far, near)) == pixels(scene(near))).mean() > 0.97


@pytest.mark.parametrize("container", ["boat", "basket"])
def test_what_sits_in_a_container_shows_its_upper_part(container: str) -> None:
    hull = thing(container, "blue", 0.5)
    x, y, width, height = hull.box
    inside = (x + width / 2 - 0.1, y + 0.67 * height - 0.2, 0.2, 0.2)
    pictures = [pixels(scene(thing("ball", c, box=inside), hull), 256) for c in ("red", "green")]
    rows = np.nonzero(np.abs(pictures[0] - pictures[1]).max(axis=2))[0] / 256
    alone = np.abs(
        pixels(scene(thing("ball", "red", box=inside)), 256)
        - pixels(scene(thing("ball", "green", box=inside)), 256)
    ).max(axis=2)
    assert 0.35 < len(rows) / np.count_nonzero(alone) < 0.95
    assert rows.max() < inside[1] + 0.2 - 0.01
