"""Both stages on scenes in memory, as a search has them: priors of all, verdicts of the first.

Refuses to know what is asked and what becomes of it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.pictures import prepared
from vladva.indexes.aims import FORBID_WEIGHT, unit
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.background import best_of, height_of
from vladva.indexes.ranking.calibrate import packaged_fit
from vladva.indexes.ranking.fit import probabilities
from vladva.indexes.ranking.fuse import squashed
from vladva.indexes.ranking.texts import asked
from vladva.indexes.ranking.verify import Verdict, judged
from vladva.protocols import Encoder, Generator, Vectors
from vladva.toyland.scene import Scene

DEPTH = 24
"""How many of the first hits are looked at."""
Floats = NDArray[np.floating]


def verdicts_of(
    generator: Generator, encoder: Encoder, text: str, scenes: Sequence[Scene]
) -> list[list[Verdict]]:
    """Every constraint of a text, asked of every scene."""
    constraints = asked(text)
    questions = [one.question for one in constraints]
    found: list[list[Verdict]] = []
    for chunk in prepared(encoder, scenes):
        for answers in generator.p_yes_many(chunk, [questions] * len(chunk)):
            pairs = zip(constraints, answers, strict=True)
            found.append([judged(one, float(p)) for one, p in pairs])
    return found


def priors_of(encoder: Encoder, vectors: Vectors, text: str) -> Floats:
    """What a search's stage one thinks of every picture, float [n].

    Probabilities where the encoder has a fit: that of the meaning, times that of each forbidden
    part not being there. Else squashed z-scores, away from what is forbidden.
    """
    query = parse(text)
    near, *far = encoder.encode_texts([query.positive, *query.forbid])
    known = packaged_fit(encoder)
    if known is None:
        return squashed(vectors @ unit(near - FORBID_WEIGHT * sum(far, np.zeros_like(near))))
    height = height_of(best_of(encoder.encode_texts(known.bank) @ vectors.T))
    likely = probabilities(known, vectors @ near, height)
    for direction in far:
        likely = likely * (1 - probabilities(known, vectors @ direction, height))
    return likely
