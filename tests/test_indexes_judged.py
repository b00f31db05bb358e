"""The orders that follow from what stage one knows."""

import numpy as np
import pyarrow as pa

from vladva.indexes.judged import Judged
from vladva.indexes.snapshot import Snapshot

DATES = ["2020-01-01T00:00:00", None, "2023-05-07T12:00:00", "2020-01-01T00:00:00"]
SCORES = np.array([0.1, 0.9, 0.5, 0.7], np.float32)


def judged() -> Judged:
    facts = pa.table({"path": ["/d", "/c", "/b", "/a"], "taken_at": DATES})
    vectors = np.stack([SCORES, np.sqrt(1 - SCORES**2)], axis=1)
    near = np.array([1, 0], np.float32)
    return Judged(Snapshot(1, facts, [vectors], np.arange(4)), SCORES, None, near, forbids=False)


def rows(ranked: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in ranked]


def test_the_best_come_first() -> None:
    assert rows(judged().best(3, np.ones(4, bool))) == [1, 3, 2]


def test_by_date_the_newest_come_first_and_the_undated_last_equals_by_score() -> None:
    assert rows(judged().dated(9, np.ones(4, bool))) == [2, 3, 0, 1]
    assert rows(judged().dated(1, np.array([1, 1, 0, 0], bool))) == [0]


def test_what_stage_two_starts_from_grows_with_the_score() -> None:
    priors = judged().priors([0, 2, 3, 1])
    assert priors == sorted(priors)
    assert 0 < priors[0] < priors[-1] < 1
    assert judged().priors([]) == []
