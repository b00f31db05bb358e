"""How two things lie to each other, and how much of a thing shows: geometry of boxes, no more.

Boxes in the unit square, y downwards. All margins are ours. Refuses to know facts, whole claims
(`truth`) and pixels.
"""

from collections.abc import Callable

from vladva.toyland.facts import INVERSE
from vladva.toyland.scene import CONTAINERS, SUPPORTS, Scene, Thing, Truth

COVER = 0.8
"""How much of its box a silhouette covers, about."""
RIM = {"boat": 0.5, "basket": 0.4}
"""Containers hide what is behind them only below this share of their height, from the top."""
SEAT = (-0.15, 0.25)
"""What is on a support has its foot in this range: shares of its height, from the top."""
FAR, NEAR = 0.15, 0.05
"""Left, right, above, below: centres this far apart are a yes, wrong by the second a no."""


class Sides:
    """The numbers of one thing that relations are made of."""

    def __init__(self, thing: Thing) -> None:
        x, y, self.w, self.h = thing.box
        self.kind, self.depth = thing.kind, thing.depth
        self.left, self.right, self.top, self.bottom = x, x + self.w, y, y + self.h
        self.cx, self.cy = x + self.w / 2, y + self.h / 2


def _left_of(a: Sides, b: Sides) -> Truth:
    dx = b.cx - a.cx
    if dx <= -NEAR:
        return "no"
    overlap = min(a.right, b.right) - max(a.left, b.left)
    clear = dx >= FAR and overlap <= min(a.w, b.w) / 2 and abs(b.cy - a.cy) <= 3 * dx
    return "yes" if clear else "borderline"


def _above(a: Sides, b: Sides) -> Truth:
    dy = b.cy - a.cy
    if dy <= -NEAR:
        return "no"
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    clear = dy >= FAR and overlap <= min(a.h, b.h) / 4 and abs(b.cx - a.cx) <= dy
    return "yes" if clear and _on(a, b) != "yes" else "borderline"


def _on(a: Sides, b: Sides) -> Truth:
    low, high = SEAT
    foot = (a.bottom - b.top) / b.h
    beside = max(b.left - a.cx, a.cx - b.right)
    if beside > NEAR or not low - 0.25 <= foot <= high + 0.25 or a.cy >= b.cy:
        return "no"
    clear = b.kind in SUPPORTS and low <= foot <= high and beside <= -0.1 * b.w
    return "yes" if clear else "borderline"


def _in(a: Sides, b: Sides) -> Truth:
    if b.kind not in CONTAINERS or a.depth >= b.depth:
        return "no"
    rim = b.top + RIM[b.kind] * b.h
    beside = max(b.left - a.cx, a.cx - b.right)
    if beside > NEAR or a.bottom < rim - NEAR or a.top > rim + NEAR or a.bottom > b.bottom + FAR:
        return "no"
    inside = a.left >= b.left - 0.1 * b.w and a.right <= b.right + 0.1 * b.w
    clear = inside and rim + 0.02 <= a.bottom <= b.bottom + 0.02 and a.top <= rim - 0.3 * a.h
    return "yes" if clear else "borderline"


def _in_front_of(a: Sides, b: Sides) -> Truth:
    wide = min(a.right, b.right) - max(a.left, b.left)
    high = min(a.bottom, b.bottom) - max(a.top, b.top)
    if wide <= 0 or a.bottom < b.top - NEAR:
        return "no"
    share = wide * max(high, 0.0) / min(a.w * a.h, b.w * b.h)
    if a.depth < b.depth and share >= 0.1:
        return "no"
    clear = a.depth > b.depth and share >= 0.15
    held = any(_JUDGES[name](p, q) == "yes" for name in ("on", "in") for p, q in ((a, b), (b, a)))
    return "yes" if clear and not held else "borderline"


def _next_to(a: Sides, b: Sides) -> Truth:
    gap = max(a.left, b.left) - min(a.right, b.right)
    step = max(a.top, b.top) - min(a.bottom, b.bottom)
    if gap >= 0.3 or step >= FAR:
        return "no"
    level = -step >= min(a.h, b.h) / 2
    clear = level and -min(a.w, b.w) / 4 <= gap <= 0.12
    return "yes" if clear else "borderline"


_JUDGES: dict[str, Callable[[Sides, Sides], Truth]] = {
    "left of": _left_of,
    "above": _above,
    "on": _on,
    "in": _in,
    "in front of": _in_front_of,
    "next to": _next_to,
}


def relate(a: Sides, relation: str, b: Sides) -> Truth:
    """Whether `a relation b`, both in full view. A relation and its inverse always agree."""
    if relation in _JUDGES:
        return _JUDGES[relation](a, b)
    return _JUDGES[INVERSE[relation]](b, a)


def visible(scene: Scene, thing: Thing) -> float:
    """The share of a thing's box, 0..1, inside the frame and not covered by nearer things.

    A nearer silhouette is taken as `COVER` of its box, about its middle; that of a container as
    its part below the rim, since one looks into it from above.
    """
    x, y, w, h = thing.box
    left = [_clip((x, y, x + w, y + h))]
    for other in scene.things:
        if other.depth > thing.depth:
            left = [piece for part in left for piece in _minus(part, _cover(other))]
    area = sum(max(r - lo, 0.0) * max(b - t, 0.0) for lo, t, r, b in left)
    return min(area / (w * h), 1.0)


_Edges = tuple[float, float, float, float]  # left, top, right, bottom


def _clip(edges: _Edges) -> _Edges:
    left, top, right, bottom = edges
    return max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0)


def _cover(thing: Thing) -> _Edges:
    x, y, w, h = thing.box
    if thing.kind in RIM:
        return x, y + RIM[thing.kind] * h, x + w, y + h
    inset = (1 - COVER**0.5) / 2
    return x + inset * w, y + inset * h, x + w - inset * w, y + h - inset * h


def _minus(part: _Edges, cut: _Edges) -> list[_Edges]:
    """What of a rectangle is left beside another: at most four rectangles that do not overlap."""
    left, top, right, bottom = part
    x0, y0, x1, y1 = max(left, cut[0]), max(top, cut[1]), min(right, cut[2]), min(bottom, cut[3])
    if x0 >= x1 or y0 >= y1:
        return [part]
    around = (
        (left, top, right, y0),
        (left, y1, right, bottom),
        (left, y0, x0, y1),
        (x1, y0, right, y1),
    )
    return [(a, b, c, d) for a, b, c, d in around if c > a and d > b]
