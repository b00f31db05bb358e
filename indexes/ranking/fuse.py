"""One probability from two looks: the prior of stage one, and the verdicts of stage two.

Logistic regression (ours): the logit of the prior, the logit that all required parts are there,
and the logit that all forbidden ones are not, each with a weight that is fitted once per pair of
models. Answers are taken as independent, so one certain "no" outweighs many a "yes". Refuses to
know who judged, and where weights are kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vladva.errors import ConfigError
from vladva.indexes.ranking.fitting import logistic
from vladva.indexes.ranking.verify import Verdict

Matrix = NDArray[np.float64]
_LEAST = 1e-6  # a probability is taken as this at least: nobody is that certain
_ABOVE = 3.0  # standard deviations above the mean of a library where a hit is as likely as not


@dataclass(frozen=True, slots=True)
class Fusion:
    """The weights. As they stand here: every look is believed as it is."""

    bias: float = 0.0
    prior: float = 1.0
    require: float = 1.0
    forbid: float = 1.0

    def to_json(self) -> dict[str, float]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The inverse. Raises `ConfigError` where one is missing or no finite number."""
        try:
            values = [told[field.name] for field in fields(cls)]
            whole = all(type(v) in (int, float) and math.isfinite(v) for v in values)
        except (KeyError, TypeError, ValueError, OverflowError):
            whole = False
        if not whole:
            raise ConfigError(
                f"these are no weights of stage two: {str(told)[:80]}",
                "Fit them again: `python -m vladva.indexes.figures.fit_verify`.",
            )
        return cls(*map(float, values))


@dataclass(frozen=True, slots=True)
class Example:
    """A photo and a query of which it is known whether the photo is right."""

    prior: float
    verdicts: Sequence[Verdict]
    right: bool


def fused(prior: float, verdicts: Sequence[Verdict], weights: Fusion) -> float:
    """The probability, 0..1, that a photo is right; without verdicts the prior itself."""
    if not verdicts:
        return prior
    return float(_sigmoid(_features(prior, verdicts) @ _weights(weights)))


def fit(examples: Sequence[Example], start: Fusion | None = None) -> Fusion:
    """The likeliest weights; none but the bias may be negative.

    A kind of constraint that no example has keeps the weight of `start`. Raises `ConfigError`
    without examples of both outcomes.
    """
    right = np.array([one.right for one in examples], np.float64)
    if not len(right) or right.min() == right.max():
        raise ConfigError("weights need right and wrong examples", "draw more of them")
    x = np.stack([_features(one.prior, one.verdicts) for one in examples])  # [n, 4]
    told = x.any(axis=0)
    w = np.where(told, 0.0, _weights(start or Fusion()))
    free = told.copy()
    while True:
        w[free] = logistic(x[:, free], right, np.ones(len(right)))
        wrong = free & (w < 0) & (np.arange(4) > 0)
        if not wrong.any():
            return Fusion(*map(float, w))
        w[wrong] = 0.0
        free &= ~wrong


def squashed(scores: NDArray[np.floating]) -> NDArray[np.float32]:
    """Cosines of all rows [n] → priors [n] where an encoder has no fit: z-scores, squashed (ours).

    Monotone; comparable between queries, but no probabilities.
    """
    values = scores.astype(np.float64)
    z = (values - values.mean()) / max(float(values.std()), 1e-9)
    return np.asarray(_sigmoid(z - _ABOVE), np.float32)


def _weights(of: Fusion) -> Matrix:
    return np.array([of.bias, of.prior, of.require, of.forbid])


def _features(prior: float, verdicts: Sequence[Verdict]) -> Matrix:
    """[4]: one, and three logits; 0 for a kind that was not asked for."""
    required = [v.p for v in verdicts if v.kind == "require"]
    forbidden = [1 - v.p for v in verdicts if v.kind == "forbid"]
    return np.array([1.0, _logit(prior), _all(required), _all(forbidden)])


def _all(met: Sequence[float]) -> float:
    """The logit that all of these hold."""
    return _logit(float(np.prod(np.clip(met, _LEAST, 1 - _LEAST)))) if met else 0.0


def _logit(p: float) -> float:
    p = min(max(p, _LEAST), 1 - _LEAST)
    return float(np.log(p / (1 - p)))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
