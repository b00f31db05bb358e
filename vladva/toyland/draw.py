"""A scene as a picture: flat illustration, the same bytes for the same scene and size (ours).

Everything random comes from the seeds in the scene. Refuses to know how scenes are invented and
what is true in them.
"""

import math
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from vladva.toyland.art import ART, RGB, Points, Silhouette, silhouette
from vladva.toyland.backgrounds import paint_background
from vladva.toyland.scene import FLYING, Scene, Thing

FINER = 2
"""Drawn this many times larger, then reduced: smooth edges."""
OUTLINE = 0.0075
"""Width of an outline as a share of the picture's side."""
THING_AT_NIGHT = (0.97, 0.96, 1.0)
NOISE = bytes(value % 7 for value in range(256))
DARK = 60
"""Below this brightness a thing is dark and gets a light rim."""

PALE = 220
"""Above it a thing is pale: cream stripes and lit windows would not show on it."""
SHADE = (0.84, 0.84, 0.86)

Palette = dict[str, RGB]


def draw(scene: Scene, size: int = 256) -> Image.Image:
    """The picture of a scene: RGB, size × size pixels."""
    night = scene.time == "night"
    look = random.Random(scene.look)
    side = size * FINER
    image = paint_background(scene.background, side, look, night=night)
    for thing in scene.things:
        _draw_thing(image, thing, side, scene.background, night=night)
    return _develop(image.reduce(FINER), look)


def _develop(image: Image.Image, look: random.Random) -> Image.Image:
    """Light, hue and noise of the shot."""
    light = look.uniform(0.96, 1.04)
    gains = [light * look.uniform(0.975, 1.025) for _ in range(3)]
    image = image.point([min(255, round(value * gain)) for gain in gains for value in range(256)])
    noise = look.randbytes(image.width * image.height).translate(NOISE)
    grain = Image.frombytes("L", image.size, noise)
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -3)


def _draw_thing(
    image: Image.Image, thing: Thing, side: int, background: str, *, night: bool
) -> None:
    art = silhouette(thing.kind)
    random_ = random.Random(thing.seed)
    colours = _palette(thing.colour, random_, night=night)
    width = OUTLINE * side
    points, normals = _place(art, thing, side, width, random_)
    if thing.kind not in FLYING:
        _shadow(image, thing, side, water=background == "lake")
    pen = ImageDraw.Draw(image)
    rims = (points + normals * width).ravel().tolist()
    inner = points.ravel().tolist()
    for group in art.groups:
        for part in group:
            pen.polygon(rims[2 * part.start : 2 * part.stop], colours["outline"])
        for part in group:
            pen.polygon(inner[2 * part.start : 2 * part.stop], colours[part.role])
    for part in art.details:
        pen.polygon(inner[2 * part.start : 2 * part.stop], colours[part.role])


def _place(
    art: Silhouette, thing: Thing, side: int, inset: float, random_: random.Random
) -> tuple[Points, Points]:
    """The unit box's points, jittered, onto pixels. The jitter leaves the box's sides in place."""
    x, y = art.points[:, 0], art.points[:, 1]
    bulge_x, bulge_y, lean = (random_.uniform(-0.12, 0.12) for _ in range(3))
    across = x * (1 - x)
    x = x + across * (bulge_x + lean * (2 * y - 1))
    y = y + y * (1 - y) * bulge_y
    left, top, width, height = (value * side for value in thing.box)
    mirror = -1.0 if thing.flip else 1.0
    dx = (x - 0.5) * mirror * (width - 2 * inset)
    dy = (y - 0.5) * (height - 2 * inset)
    turn = math.radians(-thing.tilt)
    cosine, sine = math.cos(turn), math.sin(turn)
    placed = np.stack(
        [left + width / 2 + dx * cosine - dy * sine, top + height / 2 + dx * sine + dy * cosine],
        axis=1,
    )
    nx, ny = art.normals[:, 0] * mirror, art.normals[:, 1]
    return placed, np.stack([nx * cosine - ny * sine, nx * sine + ny * cosine], axis=1)


def _shadow(image: Image.Image, thing: Thing, side: int, *, water: bool) -> None:
    left, top, width, height = thing.box
    middle, bottom = left + width / 2, top + height - 0.004
    half, thick = width * 0.52, 0.012 + width * 0.035
    ink = (235, 248, 255, 90) if water else (20, 24, 50, 62)
    pen = ImageDraw.Draw(image, "RGBA")
    pen.ellipse(
        [v * side for v in (middle - half, bottom - thick, middle + half, bottom + thick)], ink
    )


def _scaled(colour: list[int] | RGB, gains: tuple[float, ...] | list[float]) -> RGB:
    red, green, blue = (min(255, round(c * g)) for c, g in zip(colour, gains, strict=True))
    return red, green, blue


def _towards(colour: RGB, other: RGB, share: float) -> RGB:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _palette(name: str, random_: random.Random, *, night: bool) -> Palette:
    """The colours of every role for a thing of this colour."""
    tint = THING_AT_NIGHT if night else (1.0, 1.0, 1.0)
    bright = random_.uniform(0.95, 1.05)
    gains = [bright * t * random_.uniform(0.97, 1.03) for t in tint]
    body = _scaled(ART["colours"][name], gains)
    dark = sum(body) / 3 < DARK
    pale = sum(body) / 3 > PALE
    colours = {role: _scaled(value, tint) for role, value in ART["neutrals"].items()}
    if night and not pale:
        colours |= {role: _scaled(value, (1.0, 1.0, 1.0)) for role, value in ART["lit"].items()}
    colours["body"] = body
    colours["shade"] = _towards(body, (120, 122, 132), 0.3) if dark else _scaled(body, SHADE)
    colours["light"] = _towards(body, (255, 255, 255), 0.2 if dark else 0.25)
    colours["stripe"] = colours["hub" if pale else "cream"]
    colours["outline"] = _outline(body, night=night)
    return colours


def _outline(body: RGB, *, night: bool) -> RGB:
    """Dark around most things, light around dark ones, grey around white."""
    if sum(body) / 3 < DARK:
        return (136, 144, 168) if night else (128, 130, 140)
    return _towards(body, (18, 20, 44), 0.55)
