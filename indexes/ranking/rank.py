"""Scores of all rows → the rows of one page, near-duplicates folded, in a stable order.

Refuses to know where scores come from, and what a row shows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Best = Callable[[int, Mask], list[tuple[int, float]]]
"""(k, which rows may be taken) → (row, score) of the k best, best first, in a stable order."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row among the results, and the near-duplicates below it."""

    row: int
    score: float
    alike: tuple[int, ...]


def page(best: Best, wanted: Mask, groups: Rows | None, offset: int, limit: int) -> list[Place]:
    """Places `offset` to `offset + limit` among the wanted rows.

    `groups` [n] names each row's group of near-duplicates: the best wanted row of a group leads,
    the others lie below it. None folds nothing.
    """
    most, end = int(wanted.sum()), offset + limit
    asked = end
    while True:
        asked = min(asked, most)
        ranked = best(asked, wanted)
        leading = ranked if groups is None else _leaders(ranked, groups)
        if len(leading) >= end or asked == most:
            break
        asked = 2 * asked + end
    shown = leading[offset:end]
    below = {} if groups is None else _below([row for row, _ in shown], wanted, groups)
    return [Place(row, score, tuple(below.get(row, ()))) for row, score in shown]


def count(wanted: Mask, groups: Rows | None) -> int:
    """How many places there are."""
    if groups is None:
        return int(wanted.sum())
    taken = np.zeros(len(groups), dtype=np.bool_)
    taken[groups[wanted]] = True
    return int(taken.sum())


def _leaders(ranked: list[tuple[int, float]], groups: Rows) -> list[tuple[int, float]]:
    first: dict[int, tuple[int, float]] = {}
    for row, score in ranked:
        first.setdefault(int(groups[row]), (row, score))
    return list(first.values())


def _below(leaders: list[int], wanted: Mask, groups: Rows) -> dict[int, list[int]]:
    """Leader → the other wanted rows of its group; leaders without any are left out."""
    leads = np.zeros(len(groups), dtype=np.bool_)
    leads[groups[leaders]] = True
    of_group = {int(groups[row]): row for row in leaders}
    below: dict[int, list[int]] = {}
    for row in np.flatnonzero(wanted & leads[groups]):
        leader = of_group[int(groups[row])]
        if row != leader:
            below.setdefault(leader, []).append(int(row))
    return below
