"""The drawn world as plain data: what a scene holds, and the vocabulary it is made of.

Coordinates are in the unit square, x to the right, y downwards. Refuses to know how a scene is
invented (`invent`), judged (`truth`), drawn (`draw`) or put into words (`words`).
"""

import hashlib
import random
from dataclasses import dataclass
from typing import Literal

Size = Literal["small", "medium", "large"]
Time = Literal["day", "night"]
Split = Literal["train", "test", "demo"]
Truth = Literal["yes", "no", "borderline"]

GROUPS: dict[str, tuple[str, ...]] = {
    "animal": ("dog", "cat", "horse", "bird", "elephant", "rabbit"),
    "vehicle": ("car", "bus", "boat", "bicycle", "train", "airplane"),
    "building": ("house", "castle", "tent", "windmill", "lighthouse"),
    "plant": ("tree", "flower", "cactus", "mushroom"),
    "people and objects": ("person", "ball", "balloon", "umbrella", "chair", "table", "basket"),
}
KINDS: tuple[str, ...] = tuple(kind for kinds in GROUPS.values() for kind in kinds)
COLOURS: tuple[str, ...] = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
)
SIZES: dict[Size, float] = {"small": 0.21, "medium": 0.29, "large": 0.40}
"""The longer side of a thing's box as a share of the picture's side, before jitter."""
BACKGROUNDS: tuple[str, ...] = (
    "meadow",
    "beach",
    "desert",
    "snow",
    "city",
    "forest",
    "mountains",
    "lake",
)
TIMES: tuple[Time, ...] = ("day", "night")
CONTAINERS: tuple[str, ...] = ("boat", "basket")
"""What a thing can be in."""
SUPPORTS: tuple[str, ...] = ("table", "bus", "car", "train", "elephant")
"""What a thing can be on."""
FLYING: tuple[str, ...] = ("bird", "airplane", "balloon")
"""What belongs into the sky."""
RELATIONS: tuple[str, ...] = (
    "left of",
    "right of",
    "above",
    "below",
    "on",
    "in",
    "in front of",
    "behind",
    "next to",
)


@dataclass(frozen=True)
class Thing:
    """One thing of a scene. `box` = (x, y, width, height), `depth`: larger is nearer."""

    id: int
    kind: str
    colour: str
    size: Size
    box: tuple[float, float, float, float]
    depth: int
    flip: bool = False
    tilt: float = 0.0
    """Degrees, anticlockwise."""
    seed: int = 0
    """Jitter of shape and hue that the picture shows and no caption names."""


@dataclass(frozen=True)
class Scene:
    """Everything that a picture shows. `things` stand in the order far to near."""

    split: Split
    seed: int
    index: int
    things: tuple[Thing, ...]
    background: str
    time: Time
    look: int = 0
    """Seed of light, hue and noise."""


def rng(split: Split, seed: int, index: int, purpose: str = "") -> random.Random:
    """The one source of randomness: a generator that (split, seed, index, purpose) names.

    No seed of one split can ever redraw a scene of another.
    """
    key = f"{split}/{seed}/{index}/{purpose}".encode()
    return random.Random(hashlib.blake2b(key, digest_size=16).digest())
