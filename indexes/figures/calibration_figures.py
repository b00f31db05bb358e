"""Questions with known answers and a fit → how far its probabilities and cut-off can be trusted.

Refuses to know encoders, files and pictures.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vladva.indexes.ranking.fit import Fit, Vector, probabilities
from vladva.indexes.ranking.fitting import Example

BINS = 10
Look = Callable[[list[int]], list[bool]]
"""The first hits of a question, rows by probability → which of them pass the second stage."""


@dataclass
class Sort:
    """What came out for the questions of one sort."""

    questions: int = 0
    found: int = 0
    """Questions for which anything was found."""
    recalls: list[float] = field(default_factory=list)
    """Of each question that has answers, the share of them that the cut-off kept."""
    precisions: list[float] = field(default_factory=list)
    """Of each of these for which anything was found, the share of what was kept that is true."""
    tops: list[float] = field(default_factory=list)
    """Each question's best cosine."""


@dataclass(frozen=True)
class Bin:
    """Rows of about the same probability."""

    said: float
    """Their mean probability."""
    true: float
    """The share of them that is true."""
    rows: int


@dataclass
class Trust:
    """All that was measured."""

    sorts: dict[str, Sort]
    bins: list[Bin]
    presence: list[Bin]
    """The same of questions: the best row's probability against whether it is true."""
    checked: dict[str, Sort] = field(default_factory=dict)
    """`sorts` behind the second stage, where it looked."""

    def figures(self) -> dict[str, float | dict[str, float | int]]:
        """Everything but the lists, rates in percent."""
        each = {name: _rates(sort) for name, sort in self.sorts.items()}
        checked = {f"{name}_checked": _rates(sort) for name, sort in self.checked.items()}
        return {**each, **checked, "ece_rows": _ece(self.bins), "ece_best": _ece(self.presence)}


def trust(fit: Fit, examples: Iterable[Example]) -> Trust:
    """Ask every question, cut, and count."""
    return trust_checked(fit, ((one, None) for one in examples), 0)


def trust_checked(fit: Fit, questions: Iterable[tuple[Example, Look | None]], depth: int) -> Trust:
    """The same; who looks sees the first `depth` hits of a question, and drops what fails."""
    sorts: dict[str, Sort] = {}
    checked: dict[str, Sort] = {}
    said, true, tops = [], [], []
    for one, look in questions:
        p = probabilities(fit, one.scores, one.height)
        right = _flags(len(p), one.true)
        counts = ~_flags(len(p), one.unsure)
        shown = _shown(fit, p)
        _note(sorts.setdefault(one.sort, Sort()), one, right, shown & counts)
        if look is not None:
            left = _passed(look, p, shown, depth)
            _note(checked.setdefault(one.sort, Sort()), one, right, left & counts)
        said.append(p[counts])
        true.append(right[counts])
        best = int(p.argmax())
        if counts[best]:
            tops.append((float(p[best]), bool(right[best])))
    top = np.array(tops, np.float32)
    every = _bins(np.concatenate(said), np.concatenate(true))
    return Trust(sorts, every, _bins(top[:, 0], top[:, 1] > 0), checked)


def _shown(fit: Fit, p: Vector) -> NDArray[np.bool_]:
    shown: NDArray[np.bool_] = (p >= fit.least) & (p.max() >= fit.found)
    return shown


def _passed(look: Look, p: Vector, shown: NDArray[np.bool_], depth: int) -> NDArray[np.bool_]:
    """What is left of what is shown. What nobody looked at stays, as in a search."""
    order = np.argsort(-p, kind="stable")
    first = [int(row) for row in order[: int(shown.sum())][:depth]]
    left = shown.copy()
    if first:
        left[first] = look(first)
    return left


def _note(sort: Sort, one: Example, right: NDArray[np.bool_], shown: NDArray[np.bool_]) -> None:
    sort.questions += 1
    sort.found += bool(shown.any())
    sort.tops.append(float(one.scores.max()))
    if len(one.true):
        sort.recalls.append(float(shown[right].mean()))
        if shown.any():
            sort.precisions.append(float(right[shown].mean()))


def _bins(said: Vector, true: NDArray[np.bool_]) -> list[Bin]:
    """Ten bins of equal width, empty ones left out."""
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    masks = (place == number for number in range(BINS))
    return [
        Bin(float(said[mine].mean()), float(true[mine].mean()), int(mine.sum()))
        for mine in masks
        if mine.any()
    ]


def _ece(bins: Sequence[Bin]) -> float:
    """Expected calibration error: |said − true|, weighed by rows, in percent."""
    rows = sum(one.rows for one in bins)
    return round(100 * sum(one.rows * abs(one.said - one.true) for one in bins) / rows, 3)


def _rates(sort: Sort) -> dict[str, float | int]:
    rates: dict[str, float | int] = {"questions": sort.questions}
    if sort.recalls:
        rates["recall"] = _percent(sort.recalls)
        rates["precision"] = _percent(sort.precisions)
        rates["found"] = round(100 * sort.found / sort.questions, 1)
    else:
        rates["nothing_found"] = round(100 - 100 * sort.found / sort.questions, 1)
    return rates


def _percent(shares: Sequence[float]) -> float:
    return round(100 * float(np.mean(shares)), 1) if shares else 0.0


def _flags(count: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    flags = np.zeros(count, np.bool_)
    flags[rows] = True
    return flags
