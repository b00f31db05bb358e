"""Questions whose answers are known → the weights that tell how probable a match is.

Maximum likelihood; then the two thresholds of the cut-off. A goal of 0.95 permits five mistakes in
a hundred; the thresholds are those where the worst goal has the smallest multiple of the mistakes
that it permits, so that no goal is given up for another where a model is too weak for all. Refuses
to know where questions come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vladva.indexes.ranking.fit import (
    Fit,
    Matrix,
    Vector,
    presence_features,
    probabilities,
    row_features,
    shape_of,
)

RECALL = 0.85
"""Goal: the share of the true rows of a question that the cut-off keeps."""
PRECISION = 0.5
"""Goal: the share of true rows among those that it keeps, over questions with an answer."""
NEAREST, OTHERS = 300, 100
"""Rows of a question that are learned from: the best, and some of the rest, weighed for all."""
STEPS = 96
"""Thresholds that are tried, along the quantiles of what there is."""
_PULL = 1e-3
_RISING = 2  # the weights of a row from here on are of its score
_SCALES = np.geomspace(1.0, 300.0, 400)


@dataclass(frozen=True)
class Example:
    """A question to a library: the scores of all rows, and which rows are right."""

    scores: Vector
    true: NDArray[np.int64]
    """Rows; none where the library has no answer."""
    height: float
    """Of the bank in that library, see `background.Background`."""
    sort: str = ""
    """Examples of one sort count together, and each sort counts alike."""
    unsure: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Rows that count neither way."""


def fit(
    examples: Sequence[Example],
    goals: Mapping[str, float],
    *,
    scale: float,
    bank: tuple[str, ...],
) -> Fit | None:
    """The weights that fit. `goals`: sort → the share that shall be right.

    Right is, where the library has an answer, each true row that the cut-off keeps; else that
    nothing is found. None where there is nothing to tell apart: no question with an answer, none
    without, or scores that are no higher for true rows than for others.
    """
    if len({bool(len(one.true)) for one in examples}) < 2:
        return None
    row = _row_weights([one for one in examples if len(one.true)])
    if max(row[2:]) <= 0:
        return None
    weights = Fit(_four(_presence_weights(examples)), _four(row), 0.0, 0.0, scale, bank)
    found, least = _thresholds(weights, examples, goals)
    return Fit(weights.presence, weights.row, found, least, scale, bank)


def fit_scale(scores: NDArray[np.floating]) -> float:
    """Cosines [g, k] of g pictures, each with k texts of which the FIRST alone is right.

    → the inverse temperature whose softmax gives the right ones the highest likelihood.
    """
    found = [float(_cross_entropy(scores * scale)) for scale in _SCALES]
    return float(_SCALES[int(np.argmin(found))])


def _cross_entropy(logits: Matrix) -> float:
    highest = logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(logits - highest).sum(1)) + highest[:, 0] - logits[:, 0]).mean())


def _presence_weights(examples: Sequence[Example]) -> Matrix:
    x = np.array([presence_features(shape_of(one.scores), one.height) for one in examples])
    right = np.array([len(one.true) > 0 for one in examples], np.float64)
    sorts = np.array([one.sort for one in examples])
    weight = np.zeros(len(right))
    for side in (0.0, 1.0):
        kinds = sorted(set(sorts[right == side]))
        for kind in kinds:
            mine = (right == side) & (sorts == kind)
            weight[mine] = len(right) / 2 / len(kinds) / mine.sum()
    return logistic(x, right, weight)


def _row_weights(examples: Sequence[Example]) -> Matrix:
    parts = [_sampled(one) for one in examples]
    x, right, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    free = np.ones(x.shape[1], np.bool_)
    while True:  # the probability must never fall where the score rises
        w = np.zeros(x.shape[1])
        w[free] = logistic(x[:, free], right, weight)
        wrong = (w < 0) & (np.arange(len(w)) >= _RISING)
        if not wrong.any():
            return w
        free &= ~wrong


def _sampled(one: Example) -> tuple[Matrix, Matrix, Matrix]:
    """Features [k, 4], whether true [k], weight [k]: all true rows, the best, some others."""
    others = _untrue(one)
    others = others[np.argsort(-one.scores[others], kind="stable")]
    near, far = others[:NEAREST], others[NEAREST:]
    some = far[:: max(1, len(far) // OTHERS)]
    rows = np.concatenate([one.true, near, some])
    x = row_features(one.scores[rows], shape_of(one.scores))
    weight = np.ones(len(rows))
    weight[len(one.true) + len(near) :] = len(far) / max(1, len(some))
    return x, (np.arange(len(rows)) < len(one.true)).astype(np.float64), weight


def _untrue(one: Example) -> NDArray[np.int64]:
    return np.setdiff1d(np.arange(len(one.scores)), np.concatenate([one.true, one.unsure]))


def _thresholds(
    weights: Fit, examples: Sequence[Example], goals: Mapping[str, float]
) -> tuple[float, float]:
    """(found, least): the best by the goal that is met worst; of equals, that which shows less."""
    judged = [_Judged(one, probabilities(weights, one.scores, one.height)) for one in examples]
    steps = np.linspace(0, 1, STEPS)
    founds = np.unique(np.quantile([one.top for one in judged], steps))
    leasts = np.unique(np.quantile(np.concatenate([one.true for one in judged]), steps))
    recalls = np.stack([one.recall(leasts) for one in judged])
    precisions = np.stack([one.precision(leasts) for one in judged if len(one.true)])
    tops, sorts = np.array([one.top for one in judged]), np.array([one.sort for one in examples])
    answered = np.array([len(one.true) > 0 for one in examples])
    best = (-np.inf, 0.0, 0.0)
    for found in founds:
        shown = tops >= found
        right = np.where(answered[:, None], recalls * shown[:, None], ~shown[:, None])
        misses = [_misses(right[sorts == sort], goal) for sort, goal in goals.items()]
        if (shown & answered).any():
            misses.append(_wrong_rows(precisions[shown[answered]]))
        worst = np.max(misses, axis=0).round(3)
        allowed = leasts <= found
        tries = zip(-worst[allowed], leasts[allowed], strict=True)
        best = max([best, *((float(met), float(found), float(least)) for met, least in tries)])
    return best[1], best[2]


def _misses(right: Matrix, goal: float) -> Matrix:
    """What is right [questions, thresholds] → mistakes as a multiple of those permitted."""
    return np.asarray((1 - right.mean(axis=0)) / (1 - goal))


def _wrong_rows(precisions: Matrix) -> Matrix:
    """Wrong rows for each true one, as a multiple of those that `PRECISION` permits."""
    precision = np.maximum(precisions.mean(axis=0), 1e-6)
    return np.asarray((1 / precision - 1) / (1 / PRECISION - 1))


class _Judged:
    """The probabilities of one example as the thresholds need them."""

    def __init__(self, one: Example, probable: Vector) -> None:
        self.top = float(probable.max())
        self.true = np.sort(probable[one.true])
        self.untrue = np.sort(probable[_untrue(one)])

    def recall(self, leasts: Matrix) -> Matrix:
        """The share of the true rows from each threshold on; 0 without true rows."""
        return self._hits(leasts) / max(1, len(self.true))

    def precision(self, leasts: Matrix) -> Matrix:
        """The share of true rows from each threshold on; 0 where nothing is left."""
        hits = self._hits(leasts)
        wrong = len(self.untrue) - np.searchsorted(self.untrue, leasts)
        return np.asarray(hits / np.maximum(1, hits + wrong))

    def _hits(self, leasts: Matrix) -> Matrix:
        return np.asarray(len(self.true) - np.searchsorted(self.true, leasts), np.float64)


def logistic(x: Matrix, right: Matrix, weight: Matrix) -> Matrix:
    """Weights of a logistic model: x [k, f] (its first column is one), right [k] in {0, 1}.

    Newton's method, columns scaled, with a slight pull to 0 on all but the first, so that columns
    that say the same, or never change, do no harm.
    """
    middle, width = x.mean(axis=0), x.std(axis=0)
    middle[0], width = 0.0, np.where(width > 1e-9, width, 1.0)
    z = (x - middle) / width
    pull = _PULL * weight.sum() * (np.arange(x.shape[1]) > 0)
    w = np.zeros(x.shape[1])

    def loss(w: Matrix) -> float:
        t = z @ w
        return float((weight * (np.logaddexp(0, t) - right * t)).sum() + (pull * w * w).sum() / 2)

    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -500, 500)))
        gradient = z.T @ (weight * (p - right)) + pull * w
        hessian = (z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(pull + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        size, before = 1.0, loss(w)
        while loss(w - size * step) > before and size > 1e-6:
            size /= 2
        w = w - size * step
        if np.abs(size * step).max() < 1e-9:
            break
    w = w / width
    w[0] -= float((w[1:] * middle[1:]).sum())
    return w


def _four(w: Matrix) -> tuple[float, float, float, float]:
    a, b, c, d = map(float, w)
    return a, b, c, d
