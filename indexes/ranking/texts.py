"""A text held against a picture, as a search would do it: parsed, asked about, and fused.

What `vladva.benchmarks.verified` calls a judge. Refuses to know who answers.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vladva.errors import ConfigError
from vladva.indexes.query.constraints import Constraint, constraints
from vladva.indexes.query.parse import parse
from vladva.indexes.query.query import Query
from vladva.indexes.ranking.fuse import Fusion, fused, squashed
from vladva.indexes.ranking.verify import judged

_EVEN = 0.5  # a prior that says nothing


@lru_cache(maxsize=65_536)
def asked(text: str) -> tuple[Constraint, ...]:
    """The constraints of a text; one that is no query is taken as plain words."""
    try:
        query = parse(text)
    except ConfigError:
        query = Query(text, text, (), (), ())
    return tuple(constraints(query))


class QueryJudge:
    """Judges texts as queries, with the weights of stage two."""

    def __init__(self, weights: Fusion) -> None:
        self.weights = weights

    def questions(self, text: str) -> list[str]:
        """What is asked of a picture, in order."""
        return [one.question for one in asked(text)]

    def priors(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Cosines of a text with all pictures [n] → priors [n]."""
        return squashed(scores)

    def score(self, text: str, answers: Sequence[float], prior: float | None) -> float:
        """The fused probability; of answers alone, as if every look were believed as it is."""
        verdicts = [judged(one, p) for one, p in zip(asked(text), answers, strict=True)]
        if prior is None:
            return fused(_EVEN, verdicts, Fusion())
        return fused(prior, verdicts, self.weights)
