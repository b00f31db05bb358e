"""What is behind the things: sky, far layers and ground, soft and pale so that things stand out.

Colours and layers are data (`art.json`). Coordinates are in the unit square. Refuses to know the
things that stand in it.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from vladva.toyland.art import ART, RGB

GROUND_AT_NIGHT = (0.58, 0.62, 0.80)
SKY_AT_NIGHT = ((22, 30, 74), (74, 88, 146))
CLOUD, STAR, MOON = (244, 248, 252), (226, 230, 250), (240, 238, 220)
CRATER, LIT = (218, 216, 204), (246, 230, 176)
HORIZON = 0.45
STEPS = 14
"""Corners of a hill's rim."""
Polygon = list[float]
Ink = tuple[int, ...]


@dataclass(frozen=True)
class Canvas:
    """A pen that takes coordinates in the unit square and blends inks with a fourth number."""

    pen: ImageDraw.ImageDraw
    side: int

    def polygon(self, corners: Polygon, ink: Ink) -> None:
        """A filled polygon."""
        self.pen.polygon([value * self.side for value in corners], ink)

    def disc(self, x: float, y: float, r: float, ink: Ink) -> None:
        """A filled circle."""
        box = (x - r, y - r, x + r, y + r)
        self.pen.ellipse([value * self.side for value in box], ink)

    def bar(self, x: float, y: float, width: float, height: float, ink: Ink) -> None:
        """A filled rectangle, rounded at its ends."""
        box = [value * self.side for value in (x, y, x + width, y + height)]
        self.pen.rounded_rectangle(box, height * self.side / 2, ink)


def ground_tint(colour: list[int], *, night: bool) -> RGB:
    """A colour of the ground as it looks by day or by night."""
    red, green, blue = GROUND_AT_NIGHT if night else (1.0, 1.0, 1.0)
    return round(colour[0] * red), round(colour[1] * green), round(colour[2] * blue)


def paint_background(name: str, side: int, random_: random.Random, *, night: bool) -> Image.Image:
    """The empty background, RGB, side × side pixels."""
    art = ART["backgrounds"][name]
    horizon = HORIZON + random_.uniform(-0.05, 0.05)
    sky = SKY_AT_NIGHT if night else art["sky"]
    ground = [ground_tint(colour, night=night) for colour in art["ground"]]
    image = _gradients(side, horizon, sky, ground)
    canvas = Canvas(ImageDraw.Draw(image, "RGBA"), side)
    above = random.Random(random_.getrandbits(32))  # so that the land is the same by day and night
    (_moon_and_stars if night else _sun_and_clouds)(canvas, horizon, above)
    for form, colour, height, rough in art["layers"]:
        fill = ground_tint(colour, night=night)
        first, *caps = LAYERS[form](horizon - height, horizon, rough, random_)
        canvas.polygon(first, fill)
        for cap in caps:
            canvas.polygon(cap, _paler(fill))
    for mark_name, colour, count in art["scatter"]:
        ink = ground_tint(colour, night=night)
        for mark in _scatter(MARKS[mark_name], count, horizon, random_):
            canvas.polygon(mark, ink)
    for _ in range(art.get("lights", 0) if night else 0):
        x, y = above.random(), horizon - above.uniform(0.02, 0.1)
        canvas.polygon([x, y, x + 0.008, y, x + 0.008, y + 0.011, x, y + 0.011], LIT)
    return image


def _paler(colour: RGB) -> RGB:
    """Snow on a peak of this colour."""
    red, green, blue = (round(value + (255 - value) * 0.6) for value in colour)
    return red, green, blue


def _gradients(side: int, horizon: float, sky: Any, ground: Any) -> Image.Image:
    split = round(side * horizon)
    column = np.empty((side, 1, 3), dtype=np.uint8)
    for top, bottom, colours in ((0, split, sky), (split, side, ground)):
        share = np.linspace(0, 1, bottom - top)[:, None]
        column[top:bottom, 0] = np.array(colours[0]) * (1 - share) + np.array(colours[1]) * share
    return Image.fromarray(column).resize((side, side), Image.Resampling.NEAREST)


def _sun_and_clouds(canvas: Canvas, horizon: float, random_: random.Random) -> None:
    x, y = random_.uniform(0.08, 0.92), random_.uniform(0.07, 0.14)
    canvas.disc(x, y, 0.085, (255, 252, 225, 70))
    canvas.disc(x, y, 0.055, (255, 244, 196, 255))
    for _ in range(random_.randint(2, 3)):
        x, y = random_.uniform(0, 1), random_.uniform(0.06, horizon - 0.14)
        size = random_.uniform(0.6, 1.1)
        for shift, lift, r in ((-0.06, 0, 0.028), (0, -0.016, 0.042), (0.06, 0, 0.032)):
            canvas.disc(x + shift * size, y + lift * size, r * size, CLOUD)
        canvas.bar(x - 0.1 * size, y, 0.2 * size, 0.033 * size, CLOUD)


def _moon_and_stars(canvas: Canvas, horizon: float, random_: random.Random) -> None:
    for _ in range(26):
        x, y = random_.random(), random_.uniform(0.01, horizon - 0.04)
        r = random_.choice((0.003, 0.004, 0.006))
        canvas.polygon([x, y - r, x + r, y, x, y + r, x - r, y], STAR)
    x, y = random_.uniform(0.1, 0.9), random_.uniform(0.09, 0.15)
    canvas.disc(x, y, 0.085, (200, 210, 250, 34))
    canvas.disc(x, y, 0.055, MOON)
    canvas.disc(x - 0.018, y - 0.014, 0.012, CRATER)
    canvas.disc(x + 0.016, y + 0.018, 0.015, CRATER)


def _hills(base: float, bottom: float, rough: float, random_: random.Random) -> list[Polygon]:
    phase, wave = random_.uniform(0, 6.3), random_.uniform(4, 8)
    rim: Polygon = []
    for step in range(STEPS + 1):
        x = step / STEPS
        y = base - rough * (math.sin(wave * x + phase) + 0.4 * math.sin(2.3 * wave * x))
        rim += [x, min(y, bottom)]
    return [[*rim, 1, bottom + 0.01, 0, bottom + 0.01]]


def _peaks(base: float, bottom: float, rough: float, random_: random.Random) -> list[Polygon]:
    rim, x = [-0.1, bottom], -0.1
    while x < 1.1:
        half = random_.uniform(0.09, 0.16)
        rim += [x + half, base - random_.uniform(-0.5, 0.5) * rough]
        x += 2 * half
        rim += [x, min(bottom, base + random_.uniform(0.5, 0.9) * rough)]
    return [[*rim, 1.2, bottom + 0.01, -0.1, bottom + 0.01]]


def _snowpeaks(base: float, bottom: float, rough: float, random_: random.Random) -> list[Polygon]:
    (rim,) = _peaks(base, bottom, rough, random_)
    caps = []
    for at in range(2, len(rim) - 8, 4):
        x, y = rim[at], rim[at + 1]
        sides = []
        for other in (at - 2, at + 2):
            sides += [x + (rim[other] - x) * 0.3, y + (rim[other + 1] - y) * 0.3]
        notch = [x, y + (rim[at + 3] - y) * 0.16]
        caps.append([x, y, *sides[:2], *notch, *sides[2:]])
    return [rim, *caps]


def _skyline(base: float, bottom: float, rough: float, random_: random.Random) -> list[Polygon]:
    rim, x = [-0.1, bottom + 0.01], -random_.uniform(0, 0.1)
    while x < 1:
        width, y = random_.uniform(0.06, 0.13), base + random_.uniform(-0.5, 1) * rough
        rim += [x, y, x + width, y]
        x += width
    return [[*rim, x, bottom + 0.01]]


def _firs(base: float, bottom: float, rough: float, random_: random.Random) -> list[Polygon]:
    rim, x = [-0.1, bottom + 0.01], -random_.uniform(0, 0.06)
    while x < 1:
        half, y = random_.uniform(0.022, 0.04), base + random_.uniform(-0.5, 0.5) * rough
        foot = bottom - (bottom - y) * 0.25
        rim += [x, foot, x + half, y, x + 2 * half, foot]
        x += 2 * half
    return [[*rim, 1.1, bottom + 0.01]]


def _band(base: float, bottom: float, rough: float, random_: random.Random) -> list[Polygon]:
    wobble = random_.uniform(-0.008, 0.008)
    top = max(base, bottom)
    return [[0, top, 1, top, 1, top + rough + wobble, 0, top + rough - wobble]]


LAYERS: dict[str, Callable[[float, float, float, random.Random], list[Polygon]]] = {
    "hills": _hills,
    "peaks": _peaks,
    "snowpeaks": _snowpeaks,
    "skyline": _skyline,
    "firs": _firs,
    "band": _band,
}
MARKS: dict[str, Polygon] = {
    "tuft": [-1, 0, -0.7, -1.2, -0.2, -0.3, 0.1, -1.6, 0.4, -0.3, 0.9, -1.1, 1, 0],
    "pebble": [-1, 0, -0.7, -0.6, 0.2, -0.7, 0.9, -0.3, 1, 0.1, 0, 0.3],
    "petal": [-0.5, 0, -0.2, -0.5, 0.3, -0.5, 0.5, 0, 0.2, 0.4, -0.2, 0.4],
    "flake": [-1, 0, 0, -0.7, 1, 0, 0, 0.5],
    "wave": [-3.4, 0, -1.6, -0.5, 0, 0, 1.6, -0.5, 3.4, 0, 1.6, -0.1, 0, 0.45, -1.6, -0.1],
    "dash": [-3.5, -0.4, 4, -0.4, 3.5, 0.4, -4, 0.4],
}


def _scatter(
    shape: Polygon, count: int, horizon: float, random_: random.Random
) -> Iterator[Polygon]:
    """Little marks on the ground, larger towards the viewer."""
    for _ in range(count):
        near = random_.random()
        x, y = random_.random(), horizon + 0.12 + near * (0.86 - horizon)
        size = 0.005 + 0.008 * near
        yield [value * size + (y if i % 2 else x) for i, value in enumerate(shape)]
