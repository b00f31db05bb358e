"""One page of a ranking: stable, complete, and each group of near-duplicates once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladva.indexes.ranking.rank import Mask, Place, count, page

SCORES = np.array([0.1, 0.9, 0.5, 0.9, 0.3, 0.7, 0.2, 0.6])
GROUPS = np.array([0, 1, 1, 3, 0, 5, 6, 5])


def best(k: int, among: Mask) -> list[tuple[int, float]]:
    rows = sorted(np.flatnonzero(among), key=lambda row: (-SCORES[row], row))
    return [(int(row), float(SCORES[row])) for row in rows[:k]]


ALL = np.ones(8, bool)


def rows(places: list[Place]) -> list[int]:
    return [place.row for place in places]


def test_without_groups_a_page_is_a_part_of_the_ranking() -> None:
    assert rows(page(best, ALL, None, 0, 3)) == [1, 3, 5]
    assert rows(page(best, ALL, None, 3, 3)) == [7, 2, 4]
    assert rows(page(best, ALL, None, 6, 9)) == [6, 0]
    assert page(best, ALL, None, 50, 9) == []
    assert count(ALL, None) == 8


def test_the_best_of_a_group_leads_and_the_others_lie_below_it() -> None:
    places = page(best, ALL, GROUPS, 0, 10)
    assert rows(places) == [1, 3, 5, 4, 6]
    assert [place.alike for place in places] == [(2,), (), (7,), (0,), ()]
    assert count(ALL, GROUPS) == 5


@pytest.mark.parametrize("size", [1, 2, 3])
def test_folded_pages_put_together_are_the_whole(size: int) -> None:
    whole = page(best, ALL, GROUPS, 0, 10)
    parts = [page(best, ALL, GROUPS, start, size) for start in range(0, 5, size)]
    assert [place for part in parts for place in part] == whole


def test_only_wanted_rows_lead_or_lie_below() -> None:
    wanted = np.array([1, 0, 1, 0, 1, 1, 0, 1], bool)
    places = page(best, wanted, GROUPS, 0, 10)
    assert [(place.row, place.alike) for place in places] == [(5, (7,)), (2, ()), (4, (0,))]
    assert count(wanted, GROUPS) == 3


def test_a_deep_page_of_large_groups_is_found() -> None:
    scores = np.linspace(1, 0, 3000)
    groups = np.arange(3000) // 1000 * 1000

    def ranked(k: int, among: Mask) -> list[tuple[int, float]]:
        return [(int(row), float(scores[row])) for row in np.flatnonzero(among)[:k]]

    places = page(ranked, np.ones(3000, bool), groups, 1, 2)
    assert rows(places) == [1000, 2000]
    assert [len(place.alike) for place in places] == [999, 999]


def test_nothing_wanted_gives_nothing() -> None:
    assert page(best, np.zeros(8, bool), GROUPS, 0, 5) == []
    assert count(np.zeros(8, bool), GROUPS) == 0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12),
    st.integers(0, 6),
    st.integers(1, 6),
)
def test_folding_is_what_a_loop_over_the_ranking_does(
    rows_of: list[tuple[int, bool]], offset: int, limit: int
) -> None:
    groups = np.array([group for group, _ in rows_of], np.int64)
    wanted = np.array([is_wanted for _, is_wanted in rows_of], bool)

    def by_number(k: int, among: Mask) -> list[tuple[int, float]]:
        return [(int(row), -float(row)) for row in np.flatnonzero(among)[:k]]

    expected: dict[int, list[int]] = {}
    for row in np.flatnonzero(wanted):
        expected.setdefault(int(groups[row]), []).append(int(row))
    places = [(members[0], tuple(members[1:])) for members in expected.values()]
    dense = np.array([int(np.flatnonzero(groups == group)[0]) for group in groups], np.int64)
    found = page(by_number, wanted, dense, offset, limit)
    assert [(place.row, place.alike) for place in found] == places[offset : offset + limit]
    assert count(wanted, dense) == len(places)
