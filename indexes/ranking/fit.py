"""What a score is worth: a question's scores over all rows → the probability that a row is meant.

A cosine means nothing by itself: it differs by model, wording and length. So two things are
weighed (ours). First, whether the library holds an answer at all: by how high the best score is,
how far it stands off from the next, and how high everyday questions reach in this library. Then, as
if there were one, whether this row is it: by its score, and how wide all scores of the question
lie. The probability is their product. For one question it grows with the score, so it never changes
the order. Eight weights, fitted by `fitting`. Refuses to know rows, texts and models.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vladva.errors import ConfigError

Vector = NDArray[np.float32]
Matrix = NDArray[np.float64]
NEXT = 3
"""How many of the best scores say how far the first stands off."""
_FAR = 30.0
"""Logits beyond this one are cut: float32 holds no probability nearer to 0 or 1."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the scores of one question lie: the best, how far it stands off, how wide they lie."""

    top: float
    gap: float
    spread: float


@dataclass(frozen=True, slots=True)
class Fit:
    """The weights of one encoder, and the texts that tell how high everyday questions reach."""

    presence: tuple[float, float, float, float]
    """Of one, the best score, its gap, and the height of the bank."""
    row: tuple[float, float, float, float]
    """Of one, the spread, the row's score, and its square where it is above 0; the last two are
    never negative. Without the square, weak scores would be worth too much, high ones too little.
    """
    found: float
    """The best probability of a question that has an answer is at least this."""
    least: float
    """A row is a match from this probability on."""
    scale: float
    """Inverse temperature: softmax(scale × cosines) over labels gives their probabilities."""
    bank: tuple[str, ...]
    """Everyday questions, see `background`."""

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. Raises `ConfigError` on anything else."""
        try:
            made = cls(**{field.name: _frozen(told[field.name]) for field in fields(cls)})
            whole = made._whole()
        except (KeyError, TypeError, ValueError, OverflowError):
            whole = False
        if not whole:
            raise ConfigError(
                f"these are no weights of a calibration: {str(told)[:80]}",
                "Fit them again: `python -m vladva.indexes.figures.fit_search`.",
            )
        return made

    def _whole(self) -> bool:
        numbers = [*self.presence, *self.row, self.found, self.least, self.scale]
        if not all(type(one) in (int, float) for one in numbers):  # numpy would read "1" and true
            return False
        rising = len(self.presence) == len(self.row) == 4 and min(self.row[2:]) >= 0
        texts = bool(self.bank) and all(isinstance(text, str) for text in self.bank)
        return rising and texts and bool(np.isfinite(np.array(numbers, np.float64)).all())


def shape_of(scores: Vector) -> Shape:
    """Scores of all rows, float32 [n], n ≥ 1 → their shape. The order of the rows is no matter.

    The spread is that of the scores below the mean, where no matches are: one or thirty of them
    hardly move it.
    """
    best = _best(scores)
    below = np.minimum(scores - scores.mean(), 0)
    spread = np.sqrt(2 * float(below @ below) / len(scores))
    return Shape(best[0], best[0] - sum(best) / len(best), float(spread))


def _best(scores: Vector) -> list[float]:
    """The `NEXT` highest; three looks at all rows, many times faster than putting them in order."""
    rest, found = scores.copy(), []
    for _ in range(min(NEXT, len(scores))):
        at = int(rest.argmax())
        found.append(float(rest[at]))
        rest[at] = -np.inf
    return found


def present(fit: Fit, shape: Shape, height: float) -> float:
    """The probability that the library holds an answer. `height`: see `background.Background`."""
    return float(_sigmoid(np.dot(fit.presence, presence_features(shape, height))))


def probabilities(fit: Fit, scores: Vector, height: float) -> Vector:
    """Scores of all rows, float32 [n] → P(the row is meant), float32 [n] in 0..1.

    As if half of all questions had an answer, since that is what `fitting` weighs them to.
    """
    if not len(scores):
        return np.empty(0, np.float32)
    shape = shape_of(scores)
    constant, of_spread, linear, square = (np.float32(weight) for weight in fit.row)
    above = np.maximum(scores, 0)
    logits = above * above * square + scores * linear + (constant + of_spread * shape.spread)
    logits = np.clip(logits, -_FAR, _FAR, dtype=np.float32)
    likely: Vector = np.float32(present(fit, shape, height)) / (1 + np.exp(-logits))
    return likely


def presence_features(shape: Shape, height: float) -> Matrix:
    """[4], in the order of `Fit.presence`."""
    return np.array([1.0, shape.top, shape.gap, height])


def row_features(scores: Vector, shape: Shape) -> Matrix:
    """Scores [k] → [k, 4], in the order of `Fit.row`."""
    s = scores.astype(np.float64)
    return np.stack([np.ones_like(s), np.full_like(s, shape.spread), s, np.maximum(s, 0) ** 2], 1)


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -_FAR, _FAR))))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
