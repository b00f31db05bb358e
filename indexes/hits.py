"""What a search answers with: plain values, best first.

Refuses to know how scores come about.
"""

from dataclasses import dataclass

from vladva.indexes.ranking.calibrate import Level
from vladva.indexes.ranking.verify import Verdict


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
    content: str
    """Hash of the file's bytes."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo at its place among the results; `rank` counts from 1."""

    rank: int
    id: str
    path: str
    content: str
    """Hash of the file's bytes."""
    score: float
    """Cosine; 0 where nothing was asked that has a meaning."""
    prior: float
    """What stage two starts from, 0..1, known for every encoder; not meant to be shown."""
    probability: float | None
    """Of being what was asked for; None where this encoder has no fit for such questions."""
    level: Level | None
    caption: str | None
    caption_source: str | None
    """See `caption_source`: who wrote it."""
    taken_at: str | None
    camera: str | None
    lat: float | None
    lon: float | None
    width: int
    height: int
    why: tuple[Verdict, ...] = ()
    """What the second stage saw, a verdict a constraint; empty where it did not look."""
    alike: tuple[str, ...] = ()
    """Paths of near-duplicates that are folded under this one,"""
    alike_ids: tuple[str, ...] = ()
    """and their ids."""


@dataclass(frozen=True, slots=True)
class TextHit:
    """A text at its place; `path` is the photo whose caption it is, None for a given text."""

    rank: int
    text: str
    score: float
    probability: float | None
    path: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results. `searched` rows were scored, `total` hits could be paged through."""

    hits: list[Hit]
    almost: list[Hit]
    """The nearest of those that missed the cut-off or failed a constraint; on the first page."""
    searched: int
    total: int
    encode_ms: float
    search_ms: float
    verify_ms: float = 0.0
