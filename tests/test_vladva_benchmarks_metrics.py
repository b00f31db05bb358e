import numpy as np
import pytest

from vladva.benchmarks.metrics import interval, percent, percents, pooled, ranks


def place(scores: list[float], right: set[int]) -> int:
    """The reference: sort, the wrong ones first among equals, and look where a right one stands."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i in right))
    return min(order.index(candidate) for candidate in right)


def test_ranks_are_those_of_a_sorted_list() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = rng.integers(0, 6, (4, 9)).astype(np.float32)
        right = rng.random((4, 9)) < 0.3
        right[:, 0] = True
        expected = [
            place(row.tolist(), set(np.flatnonzero(mine).tolist()))
            for row, mine in zip(scores, right, strict=True)
        ]
        assert ranks(scores, right).tolist() == expected


def test_equal_scores_and_no_scores_are_lost() -> None:
    right = np.array([[True, False, False]])
    assert ranks(np.ones((1, 3), np.float32), right).tolist() == [2]
    assert ranks(np.full((1, 3), np.nan, np.float32), right).tolist() == [2]


def test_percent_of_nothing_is_zero() -> None:
    assert percent(np.zeros(0, np.bool_)) == 0
    assert percents({"a": np.array([True, False, True, True])}) == {"a": 75.0}


def test_pooled_parts_count_every_item_once() -> None:
    parts = [{"a": np.array([True])}, {"a": np.array([False, False]), "b": np.array([True])}]
    assert percents(pooled(parts)) == {"a": pytest.approx(100 / 3), "b": 100.0}


def test_an_interval_is_that_of_resampled_items() -> None:
    flags = np.arange(200) < 150
    rng = np.random.default_rng(1)
    means = [100 * rng.choice(flags, flags.size).mean() for _ in range(4000)]
    low, high = interval(flags)
    assert low == pytest.approx(np.percentile(means, 2.5), abs=0.8)
    assert high == pytest.approx(np.percentile(means, 97.5), abs=0.8)
    assert interval(flags, level=50)[1] < high


def test_an_interval_of_nothing_is_everything() -> None:
    assert interval(np.zeros(0, np.bool_)) == (0.0, 100.0)
    assert interval(np.ones(5, np.bool_)) == (100.0, 100.0)
