"""The art as data: every kind's silhouette as polygons in the unit box, read from `art.json`.

A primitive of the data file is [form, role, numbers...] in units where the kind's box is 100 high
and 100 × aspect wide. Refuses to know pictures, colours of things and where things stand.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]  # [n, 2]: x, y
RGB = tuple[int, int, int]

ART: dict[str, Any] = json.loads(Path(__file__).with_name("art.json").read_text("utf-8"))
ASPECTS: dict[str, float] = ART["aspects"]
"""Width / height of each kind's natural box."""
MITRE = 1.8
"""Longest spike of an outline at a sharp corner, as a multiple of the outline's width."""


@dataclass(frozen=True)
class Part:
    """One polygon: the points start..stop of a silhouette, and the role that colours it."""

    role: str
    start: int
    stop: int


@dataclass(frozen=True)
class Silhouette:
    """A kind's polygons. `points` fill the unit box, `normals` point outwards (units: outlines)."""

    points: Points
    normals: Points
    groups: tuple[tuple[Part, ...], ...]
    """Each group's parts share one outline and hide those of the groups before."""
    details: tuple[Part, ...]
    """Drawn last, without an outline."""


def oval(cx: float, cy: float, rx: float, ry: float) -> Points:
    """An ellipse as a polygon."""
    corners = 44 if max(rx, ry) > 20 else 20
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)], axis=1)


def bar(x0: float, y0: float, x1: float, y1: float, radius: float) -> Points:
    """A rectangle with rounded corners."""
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    if radius <= 0:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float64)
    corners = []
    for quarter, (cx, cy) in enumerate(
        ((x1 - radius, y1 - radius), (x0 + radius, y1 - radius), (x0 + radius, y0 + radius),
         (x1 - radius, y0 + radius))
    ):  # fmt: skip
        angle = np.linspace(quarter, quarter + 1, 6) * np.pi / 2
        corners.append(np.stack([cx + radius * np.cos(angle), cy + radius * np.sin(angle)], axis=1))
    return np.concatenate(corners)


def smooth(points: Points, *, closed: bool) -> Points:
    """A Catmull-Rom curve through the points, four steps from each to the next."""
    if closed:
        path = np.concatenate([points[-1:], points, points[:2]])
    else:
        path = np.concatenate([points[:1], points, points[-1:]])
    a, b, c, d = path[:-3], path[1:-2], path[2:-1], path[3:]
    steps = [
        b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        for t in (0.0, 0.25, 0.5, 0.75)
    ]
    curve = np.stack(steps, axis=1).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def stroke(points: Points, width: float, *, rounded: bool) -> Points:
    """A line of this width as a polygon, rounded or flat at both ends."""
    ahead = np.diff(points, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    before, after = np.concatenate([ahead[:1], ahead]), np.concatenate([ahead, ahead[-1:]])
    side = _mitre(before, after) * width / 2
    there, back = points + side, (points - side)[::-1]
    if not rounded:
        return np.concatenate([there, back])
    angle = np.linspace(0, np.pi, 7)[1:-1, None]
    caps = [
        point + edge * np.cos(angle) + direction * width / 2 * np.sin(angle)
        for point, edge, direction in (
            (points[-1], side[-1], ahead[-1]),
            (points[0], -side[0], -ahead[0]),
        )
    ]
    return np.concatenate([there, caps[0], back, caps[1]])


def ring(cx: float, cy: float, rx: float, ry: float, width: float) -> Points:
    """A ring whose hole shows what is behind it: outer and inner circle joined by a seam."""
    outer, inner = oval(cx, cy, rx, ry), oval(cx, cy, rx - width, ry - width)
    return np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])


def _mitre(before: Points, after: Points) -> Points:
    """Where a parallel at distance one meets: from unit directions before and after a corner."""
    left = np.stack([before[:, 1], -before[:, 0]], axis=1)
    right = np.stack([after[:, 1], -after[:, 0]], axis=1)
    cosine = (left * right).sum(axis=1, keepdims=True)
    joint: Points = (left + right) / np.maximum(1 + cosine, 0.3)
    length = np.linalg.norm(joint, axis=1, keepdims=True)
    joint *= np.minimum(1.0, MITRE / np.maximum(length, 1e-9))
    return joint


def _outward(polygon: Points) -> Points:
    edges = np.roll(polygon, -1, axis=0) - polygon
    edges /= np.maximum(np.linalg.norm(edges, axis=1, keepdims=True), 1e-9)
    x, y = polygon[:, 0], polygon[:, 1]
    area = float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())
    joint = _mitre(np.roll(edges, 1, axis=0), edges)
    return joint if area > 0 else -joint


ROUNDED: dict[str, Callable[..., Points]] = {"oval": oval, "bar": bar, "ring": ring}


def _polygon(form: str, numbers: list[Any]) -> Points:
    if form in ("poly", "blob"):
        corners = np.array(numbers[0], dtype=np.float64).reshape(-1, 2)
        return smooth(corners, closed=True) if form == "blob" else corners
    if form in ("line", "curve"):
        path = np.array(numbers[1], dtype=np.float64).reshape(-1, 2)
        if form == "curve":
            return stroke(smooth(path, closed=False), numbers[0], rounded=True)
        return stroke(path, numbers[0], rounded=False)
    return ROUNDED[form](*chain(numbers[0], numbers[1:]))


@cache
def silhouette(kind: str) -> Silhouette:
    """The polygons of a kind (one of `scene.KINDS`), in drawing order."""
    polygons: list[Points] = []
    groups: list[list[Part]] = [[]]
    start = 0
    for form, role, *numbers in ART["kinds"][kind]["shape"]:
        if role.startswith("+"):
            groups.append([])
        polygons.append(_polygon(form, numbers))
        groups[-1].append(Part(role.removeprefix("+"), start, start + len(polygons[-1])))
        start += len(polygons[-1])
    outer = np.concatenate(polygons)
    details = []
    for form, role, *numbers in ART["kinds"][kind]["detail"]:
        polygons.append(_polygon(form, numbers))
        details.append(Part(role, start, start + len(polygons[-1])))
        start += len(polygons[-1])
    low, high = outer.min(axis=0), outer.max(axis=0)
    return Silhouette(
        points=(np.concatenate(polygons) - low) / (high - low),
        normals=np.concatenate([_outward(polygon) for polygon in polygons]),
        groups=tuple(tuple(group) for group in groups),
        details=tuple(details),
    )
