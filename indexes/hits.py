"""What a search answers with: plain values, best first.

Refuses to know how scores come about.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of the library. `id` is opaque and stable for a path."""

    id: str
    path: str
    width: int
    height: int
    taken_at: str | None
    """ISO 8601, the camera's local time."""
    camera: str | None
    lat: float | None
    lon: float | None
    caption: str | None
    caption_source: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo at its place among the results; `rank` counts from 1."""

    rank: int
    id: str
    path: str
    score: float
    caption: str | None
    taken_at: str | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TextHit:
    """A text at its place; `path` is the photo whose caption it is, None for a given text."""

    rank: int
    text: str
    score: float
    path: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results. `searched` rows were scored, `total` could be paged through."""

    hits: list[Hit]
    searched: int
    total: int
    encode_ms: float
    search_ms: float
