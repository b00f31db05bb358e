"""A head for matching as stage two: a whole text is held against a picture, no question is made.

What `verified` asks of a generator and of a judge, answered by a `Matcher`. Refuses to know whose
head it is.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.registry import Models
from vladva.errors import Unsupported
from vladva.protocols import Generator, Matcher, Prepared, Style

_LEAST = 1e-12  # of a probability, so that its log-odds are finite


def matching(models: Models) -> Models | None:
    """The same model with its head for matching as stage two; None where it has none."""
    head: Any = models.encoder
    if not hasattr(head, "p_match"):
        return None
    return replace(models, generator=lambda: cast("Generator", Matched(head)))


class Matched:
    """A `Matcher` behind the `Generator` seam: a "question" is a text as it stands.

    P is float64, finer than the seam promises: near 1 a float32 makes equal what is not.
    """

    def __init__(self, head: Matcher) -> None:
        self._head = head

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:  # noqa: ARG002
        """Always raises `Unsupported`."""
        raise Unsupported("a head for matching writes no captions", "name an LVLM, such as mini")

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float64]:
        """How likely each text is about the picture, [n]."""
        return self._head.p_match([picture], [questions])[0]

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float64]]:
        """As `p_yes`, for the i-th texts with the i-th picture."""
        return self._head.p_match(pictures, questions)


class WholeTexts:
    """A `Judge` that asks of the text itself, and adds both stages as BLIP's authors do.

    They add the matching logit and the cosine (BLIP, `train_retrieval.py`); here it is the
    log-odds, since the head has a logit for no as well.
    """

    def questions(self, text: str) -> list[str]:
        """The text."""
        return [text]

    def priors(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Cosines [n] → the same between 0 and 1."""
        return (1 + scores) / 2

    def score(self, text: str, answers: Sequence[float], prior: float | None) -> float:  # noqa: ARG002
        """P of the one text, and its prior if it counts → log-odds, plus the cosine."""
        p = min(max(answers[0], _LEAST), 1 - _LEAST)
        odds = math.log(p) - math.log1p(-p)
        return odds if prior is None else odds + 2 * prior - 1
