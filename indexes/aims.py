"""A question → the vectors that stand for it.

Pictures and words together are ONE query where the encoder can read both at once (`encode_joint`);
a two-tower encoder gets the weighted sum of their vectors. Refuses to know rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vladva.errors import Unsupported
from vladva.indexes.asked import Asked
from vladva.indexes.store import Vector
from vladva.protocols import Encoder, Prepared, Vectors

TEXT_WEIGHT = 0.5
"""Of the words beside a picture of weight 1, where vectors are summed (ours, as a middle of what
suits drawn edits; `vladva eval toyland-edits` tries a grid)."""
FORBID_WEIGHT = 0.5
"""Of each forbidden part against the meaning, where no probability is known (ours)."""


@dataclass(frozen=True)
class Aims:
    """Unit vectors: what a photo shall be near to, and what each forbidden part means [m, dim]."""

    near: Vector | None
    """None where nothing was asked that has a meaning."""
    far: Vectors
    plain: bool
    """Whether `near` is of words alone: only then probabilities are known."""


def aims(encoder: Encoder, asked: Asked, held: Vectors, photos: Sequence[Image.Image]) -> Aims:
    """Encode a question.

    `held` [k, dim] are the vectors of the photos that it names, `photos` what can be opened of
    them, for reading them together with words.
    """
    forbid = () if asked.query is None else asked.query.forbid
    texts = [*([asked.meaning] if asked.meaning else []), *forbid]
    said = encoder.encode_texts(texts) if texts else np.empty((0, encoder.dim), np.float32)
    words = said[0] if asked.meaning else None
    far = said[1:] if asked.meaning else said
    if not asked.pictures and not asked.like:
        return Aims(words, far, plain=True)
    shown = [encoder.prepare(picture) for picture in asked.pictures]
    if words is None:
        return Aims(_middle(encoder, held, shown), far, plain=False)
    known = [encoder.prepare(photo) for photo in photos]
    near = _joint(encoder, [*shown, *known], asked.meaning) if len(known) == len(held) else None
    if near is None:
        near = unit(_middle(encoder, held, shown) + np.float32(TEXT_WEIGHT) * words)
    return Aims(near, far, plain=False)


def _joint(encoder: Encoder, pictures: Sequence[Prepared], words: str) -> Vector | None:
    """None where the encoder cannot read both at once."""
    try:
        both = encoder.encode_joint([(picture, words) for picture in pictures])
    except Unsupported:
        return None
    return unit(both.mean(axis=0))


def _middle(encoder: Encoder, held: Vectors, shown: Sequence[Prepared]) -> Vector:
    seen = np.concatenate([held, encoder.encode(shown)]) if shown else held
    return unit(seen.mean(axis=0))


def unit(vector: Vector) -> Vector:
    """The same direction, length 1."""
    made: Vector = (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
    return made
