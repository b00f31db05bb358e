"""Where a thing may stand: boxes for every relation, tried until one fits.

Coordinates as in `scene`. Refuses to know colours, words and what is true: a placement aims at a
relation, and `truth` alone says whether it came out.
"""

import random
from collections.abc import Callable, Sequence

from vladva.toyland.scene import FLYING

Box = tuple[float, float, float, float]
Spot = tuple[float, float]
"""Centre x and bottom y."""
Extent = tuple[float, float]
"""Width and height."""

TRIES = 40
EDGE = 0.015
CROWDED = 0.12
"""Share of the smaller box that two unrelated things may share."""


def overlap(a: Box, b: Box) -> float:
    """The shared area as a share of the smaller box, 0..1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min(a[2] * a[3], b[2] * b[3])


def box_at(spot: Spot, extent: Extent) -> Box:
    """The box of this size that stands at a spot."""
    return (spot[0] - extent[0] / 2, spot[1] - extent[1], *extent)


def inside(box: Box) -> bool:
    """Whether the whole box is in the picture."""
    x, y, width, height = box
    return x >= EDGE and y >= EDGE and x + width <= 1 - EDGE and y + height <= 1 - EDGE


def free_spot(kind: str, height: float, random_: random.Random) -> Spot:
    """Anywhere that suits the kind: flying things in the sky, others on the ground."""
    if kind in FLYING:
        return random_.uniform(0.1, 0.9), random_.uniform(0.05, 0.22) + height
    return random_.uniform(0.1, 0.9), random_.uniform(max(0.56, height), 0.97)


def _beside(sign: int) -> Callable[[Box, Extent, random.Random], Spot]:
    def spot(to: Box, extent: Extent, random_: random.Random) -> Spot:
        gap = random_.uniform(0.03, 0.35)
        x = to[0] + to[2] / 2 + sign * ((to[2] + extent[0]) / 2 + gap)
        return x, to[1] + to[3] + random_.uniform(-0.12, 0.12)

    return spot


def _next_to(to: Box, extent: Extent, random_: random.Random) -> Spot:
    sign = random_.choice((-1, 1))
    x = to[0] + to[2] / 2 + sign * ((to[2] + extent[0]) / 2 + random_.uniform(0.005, 0.04))
    return x, to[1] + to[3] + random_.uniform(-0.02, 0.02)


def _above(to: Box, extent: Extent, random_: random.Random) -> Spot:
    x = to[0] + to[2] / 2 + random_.uniform(-0.06, 0.06)
    return x, to[1] - random_.uniform(0.06, 0.2)


def _below(to: Box, extent: Extent, random_: random.Random) -> Spot:
    x = to[0] + to[2] / 2 + random_.uniform(-0.06, 0.06)
    return x, to[1] + to[3] + extent[1] + random_.uniform(0.06, 0.2)


def _on(to: Box, extent: Extent, random_: random.Random) -> Spot:
    slack = max(0.0, (to[2] - extent[0]) / 2)
    return to[0] + to[2] / 2 + random_.uniform(-slack, slack) * 0.6, to[1] + 0.012


def _in(to: Box, extent: Extent, random_: random.Random) -> Spot:
    slack = max(0.0, (to[2] - extent[0]) / 2)
    x = to[0] + to[2] / 2 + random_.uniform(-slack, slack) * 0.5
    return x, to[1] + to[3] * random_.uniform(0.62, 0.72)


def _in_front(to: Box, extent: Extent, random_: random.Random) -> Spot:
    shift = (to[2] + extent[0]) / 2 * random_.uniform(0.3, 0.6) * random_.choice((-1, 1))
    return to[0] + to[2] / 2 + shift, to[1] + to[3] + random_.uniform(0.03, 0.08)


def _behind(to: Box, extent: Extent, random_: random.Random) -> Spot:
    shift = (to[2] + extent[0]) / 2 * random_.uniform(0.45, 0.7) * random_.choice((-1, 1))
    return to[0] + to[2] / 2 + shift, to[1] + to[3] - random_.uniform(0.03, 0.08)


SPOTS: dict[str, Callable[[Box, Extent, random.Random], Spot]] = {
    "left of": _beside(-1),
    "right of": _beside(1),
    "above": _above,
    "below": _below,
    "on": _on,
    "in": _in,
    "in front of": _in_front,
    "behind": _behind,
    "next to": _next_to,
}


def free_box(kind: str, extent: Extent, taken: Sequence[Box], random_: random.Random) -> Box | None:
    """A box apart from all others, or None when the picture is full."""
    for _ in range(TRIES):
        box = box_at(free_spot(kind, extent[1], random_), extent)
        if inside(box) and all(overlap(box, other) <= CROWDED for other in taken):
            return box
    return None


def related_box(
    relation: str, to: Box, extent: Extent, taken: Sequence[Box], random_: random.Random
) -> Box | None:
    """A box in this relation to another one, apart from all the rest, or None."""
    for _ in range(TRIES):
        box = box_at(SPOTS[relation](to, extent, random_), extent)
        others = (other for other in taken if other != to)
        if inside(box) and all(overlap(box, other) <= CROWDED for other in others):
            return box
    return None
