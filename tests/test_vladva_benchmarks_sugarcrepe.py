"""The protocols of pairs: SugarCrepe, SugarCrepe++, Winoground, classification."""

from collections.abc import Sequence

import numpy as np
import pytest

from vladva.benchmarks import classify, sugarcrepe, sugarcrepe_pp, winoground
from vladva.benchmarks.scorers import Scorer
from vladva.protocols import Vectors

ANGLES = {"p": 0.0, "near": 10.0, "far": 50.0, "back": -20.0, "twin": 10.0, "mid": 35.0}


def at(degrees: Sequence[float]) -> Vectors:
    turned = np.radians(degrees)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def scorer_of(*pictures: float) -> Scorer:
    """Pictures and texts as directions in the plane: the nearer, the more alike."""
    return Scorer(at(pictures), lambda texts: at([ANGLES[text] for text in texts]))


def test_sugarcrepe_wants_the_true_caption_nearer_and_a_tie_is_lost() -> None:
    items = [
        sugarcrepe.Item("swap_obj", 0, "near", "far"),
        sugarcrepe.Item("swap_obj", 0, "far", "near"),
        sugarcrepe.Item("add_att", 0, "near", "twin"),
        sugarcrepe.Item("add_att", 1, "far", "near"),
        sugarcrepe.Item("add_att", 1, "far", "p"),
        sugarcrepe.Item("add_att", 1, "far", "back"),
    ]
    found = sugarcrepe.score(items, scorer_of(0, 45))
    assert found == {"swap_obj": 50.0, "add_att": 75.0, "mean": 62.5}


def test_sugarcrepe_pp_wants_both_captions_nearer_to_the_picture_and_to_each_other() -> None:
    cases = {
        ("near", "back", "mid"): (True, False),
        ("back", "near", "mid"): (True, False),
        ("near", "p", "far"): (True, True),
        ("near", "back", "far"): (True, True),
        ("near", "far", "back"): (False, False),
        ("near", "twin", "back"): (True, True),
        ("near", "back", "twin"): (False, False),
    }
    for (p1, p2, negative), (itt, tot) in cases.items():
        item = sugarcrepe_pp.Item("swap_att", 0, p1, p2, negative)
        found = sugarcrepe_pp.wins([item], scorer_of(5))
        assert found["swap_att_ITT"].tolist() == [itt], (p1, p2, negative)
        assert found["swap_att_TOT"].tolist() == [tot], (p1, p2, negative)


def test_sugarcrepe_pp_means_weigh_kinds_alike() -> None:
    good, bad = ("near", "p", "far"), ("near", "far", "back")
    items = [
        sugarcrepe_pp.Item("swap_att", 0, *good),
        sugarcrepe_pp.Item("swap_obj", 0, *bad),
        sugarcrepe_pp.Item("swap_obj", 0, *bad),
        sugarcrepe_pp.Item("swap_obj", 0, *good),
    ]
    found = sugarcrepe_pp.score(items, scorer_of(5))
    assert found["ITT"] == found["TOT"] == pytest.approx((100 + 100 / 3) / 2)


@pytest.mark.parametrize(
    ("pictures", "text", "image"),
    [((10, 50), 1, 1), ((25, 70), 0, 1), ((29, 31), 1, 1), ((-100, 35), 0, 0), ((5, 25), 0, 1)],
)
def test_winoground_wants_every_text_and_every_picture_with_its_own(
    pictures: tuple[float, float], text: int, image: int
) -> None:
    item = winoground.Item((0, 1), ("near", "far"))
    found = winoground.score([item], scorer_of(*pictures))
    scores = np.cos(np.radians(np.subtract.outer(pictures, (10, 50))))
    expected = (
        scores[0, 0] > scores[0, 1] and scores[1, 1] > scores[1, 0],
        scores[0, 0] > scores[1, 0] and scores[1, 1] > scores[0, 1],
    )
    assert found == {
        "text": 100.0 * expected[0],
        "image": 100.0 * expected[1],
        "group": 100.0 * all(expected),
    }


def test_a_label_is_found_by_the_mean_of_its_wordings() -> None:
    labels = [["near", "back"], ["far"], ["p"]]
    items = [classify.Item(0, 0), classify.Item(0, 2), classify.Item(1, 1)]
    found = classify.wins(labels, items, scorer_of(1, 45))
    assert found["top1"].tolist() == [False, True, True]
    assert found["top5"].all()
