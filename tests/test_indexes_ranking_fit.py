"""Scores → probabilities: closed forms, and what must not move them."""

import json
from typing import Any

import numpy as np
import pytest
from fits import FIT, NOISE
from hypothesis import given
from hypothesis import strategies as st

from vladva.errors import ConfigError
from vladva.indexes.ranking.fit import Fit, present, probabilities, shape_of


def test_the_shape_of_known_scores_is_what_one_reckons_by_hand() -> None:
    shape = shape_of(np.array([0.1, 0.9, 0.5, 0.7], np.float32))  # mean 0.55, below: -0.45, -0.05
    assert shape.top == pytest.approx(0.9)
    assert shape.gap == pytest.approx(0.9 - (0.9 + 0.7 + 0.5) / 3)
    assert shape.spread == pytest.approx(np.sqrt(2 * (0.45**2 + 0.05**2) / 4))


def test_the_spread_of_normal_noise_is_its_standard_deviation() -> None:
    assert shape_of(NOISE).spread == pytest.approx(0.1, rel=0.05)


def test_a_probability_is_presence_times_the_row_in_closed_form() -> None:
    scores = np.array([0.4, -0.2], np.float32)
    shape = shape_of(scores)
    there = 1 / (1 + np.exp(-(-5 + 20 * 0.4 - 3 * shape.gap - 4 * 0.5)))
    first = 1 / (1 + np.exp(-(-6 - 2 * shape.spread + 5 * 0.4 + 9 * 0.16)))
    second = 1 / (1 + np.exp(-(-6 - 2 * shape.spread - 5 * 0.2)))
    assert present(FIT, shape, 0.5) == pytest.approx(there, rel=1e-5)
    found = probabilities(FIT, scores, 0.5)
    assert found == pytest.approx([there * first, there * second], rel=1e-5)
    assert found.dtype == np.float32


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50), st.floats(0, 1))
def test_any_scores_give_probabilities_that_keep_the_order(
    values: list[float], height: float
) -> None:
    scores = np.array(values, np.float32)
    found = probabilities(FIT, scores, height)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(scores, kind="stable")]) >= 0).all()


def test_a_higher_score_is_strictly_more_probable() -> None:
    found = probabilities(FIT, np.linspace(-1, 1, 200, dtype=np.float32), 0.3)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize(
    "values", [[0.3], [0.3, 0.1], [0.2] * 500, [0.0, 0.0], [-1.0], [1.0, -1.0]]
)
def test_tiny_and_flat_libraries_have_probabilities_too(values: list[float]) -> None:
    found = probabilities(FIT, np.array(values, np.float32), 0.3)
    assert np.isfinite(found).all()
    assert len(set(found.tolist())) == len(set(values))


def test_no_rows_have_no_probabilities() -> None:
    assert probabilities(FIT, np.empty(0, np.float32), 0.0).shape == (0,)


def test_the_order_of_the_rows_is_no_matter() -> None:
    scores = NOISE.copy()
    scores[7] = 0.7
    turn = np.random.default_rng(2).permutation(len(scores))
    there = probabilities(FIT, scores, 0.4)
    assert probabilities(FIT, scores[turn], 0.4) == pytest.approx(there[turn], rel=1e-4)


def test_thirty_matches_leave_the_others_as_probable_as_one_match_does() -> None:
    one, thirty = NOISE.copy(), NOISE.copy()
    one[:3] = 0.7
    thirty[:30] = 0.7
    few, many = probabilities(FIT, one, 0.4), probabilities(FIT, thirty, 0.4)
    assert many[0] == pytest.approx(few[0], rel=0.05)
    assert many[30:] == pytest.approx(few[30:], rel=0.05)


def test_the_same_best_score_says_less_where_everyday_questions_reach_higher() -> None:
    shape = shape_of(np.array([0.5, 0.1, 0.0, 0.0], np.float32))
    assert present(FIT, shape, 0.7) < present(FIT, shape, 0.4)


def test_a_fit_survives_json() -> None:
    assert Fit.from_json(json.loads(json.dumps(FIT.to_json()))) == FIT


@pytest.mark.parametrize(
    "change",
    [
        {"row": [1, 1, -1, 1]},
        {"row": [1, 2, 3]},
        {"presence": None},
        {"found": float("nan")},
        {"bank": []},
        {"bank": [1]},
        {"scale": "x"},
    ],
)
def test_anything_else_is_refused_as_a_fit(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no weights"):
        Fit.from_json({**FIT.to_json(), **change})


def test_a_fit_without_a_part_is_refused() -> None:
    told = FIT.to_json()
    del told["least"]
    with pytest.raises(ConfigError, match="no weights"):
        Fit.from_json(told)
