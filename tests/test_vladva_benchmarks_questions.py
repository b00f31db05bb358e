from itertools import pairwise

import numpy as np
import pytest

from vladva.benchmarks.questions import BINS, Item, calibration_error, figures, right

YES, NO = Item("things", 0, "is there a dog?", True), Item("count", 0, "two?", False)


def test_yes_is_said_above_a_half_and_at_a_half_it_is_no() -> None:
    items = [YES, YES, YES, NO, NO, NO]
    found = right(items, np.array([0.9, 0.5, 0.1, 0.9, 0.5, 0.1]))
    assert found.tolist() == [True, False, False, False, True, True]


def test_an_answer_that_is_no_number_is_wrong_whatever_is_asked() -> None:
    found = figures([YES, NO], np.array([np.nan, np.nan]), ("things", "count"))
    assert found == {"things": 0, "count": 0, "ece": 100}


def test_each_kind_is_counted_by_itself() -> None:
    found = figures([YES, YES, NO], np.array([1.0, 0.0, 0.0]), ("things", "count", "relation"))
    assert found == {"things": 50, "count": 100, "relation": 0, "ece": pytest.approx(100 / 3)}


def test_who_is_right_as_often_as_it_claims_is_calibrated() -> None:
    confidence = np.array([0.8] * 10)
    flags = np.array([True] * 8 + [False] * 2)
    assert calibration_error(flags, confidence) == pytest.approx(0)
    assert calibration_error(~flags, confidence) == pytest.approx(60)


def test_errors_of_different_bins_do_not_make_up_for_each_other() -> None:
    """Too sure in one bin, not sure enough in another: the means would agree."""
    confidence = np.array([0.6] * 10 + [1.0] * 10)
    flags = np.array([True] * 10 + [True] * 6 + [False] * 4)
    assert confidence.mean() == flags.mean()
    assert calibration_error(flags, confidence) == pytest.approx(40)


def test_within_a_bin_they_do() -> None:
    width = 0.5 / BINS
    confidence = 0.5 + width * np.array([0.2, 0.8])
    half = calibration_error(np.array([True, False]), confidence)
    assert half == pytest.approx(100 * abs(0.5 - confidence.mean()))


def test_it_is_the_plain_definition_bin_by_bin() -> None:
    rng = np.random.default_rng(0)
    confidence, flags = rng.uniform(0.5, 1, 400), rng.random(400) < 0.7
    edges = np.linspace(0.5, 1, BINS + 1)
    wanted = 0.0
    for low, high in pairwise(edges):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            wanted += inside.mean() * abs(flags[inside].mean() - confidence[inside].mean())
    assert calibration_error(flags, confidence) == pytest.approx(100 * wanted)


def test_no_questions_have_no_error() -> None:
    assert calibration_error(np.zeros(0, bool), np.zeros(0)) == 0
    assert figures([], np.zeros(0), ("things",)) == {"things": 0, "ece": 0}
