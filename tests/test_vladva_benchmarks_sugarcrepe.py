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


class Table:
    """Pictures and texts whose scores are a table: row = picture, column = text."""

    def __init__(self, scores: Vectors, alike: Vectors) -> None:
        self.scores = scores
        self.similar = alike

    def scorer(self) -> Scorer:
        made = Scorer(self.scores, lambda texts: np.zeros((len(texts), 1)))
        made.pairs = lambda pictures, texts: np.array(  # type: ignore[method-assign]
            [self.scores[p, int(t)] for p, t in zip(pictures, texts, strict=True)]
        )
        made.alike = lambda one, other: np.array(  # type: ignore[method-assign]
            [self.similar[int(a), int(b)] for a, b in zip(one, other, strict=True)]
        )
        return made


def test_pair_protocols_are_those_of_plain_loops_on_100_matrices_full_of_ties() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        s = (rng.integers(0, 5, (12, 36)) / 4).astype(np.float32)
        t = (rng.integers(0, 5, (36, 36)) / 4).astype(np.float32)
        scorer = Table(s, t).scorer()
        kinds = ["swap_obj", "swap_att", "replace_rel"]
        crepe = [sugarcrepe.Item(kinds[i % 3], i, str(i), str(i + 12)) for i in range(12)]
        won = {k: [s[i, i] > s[i, i + 12] for i in range(12) if kinds[i % 3] == k] for k in kinds}
        expected = {k: 100 * sum(flags) / 4 for k, flags in won.items()}
        found = sugarcrepe.score(crepe, scorer)
        assert found == pytest.approx(expected | {"mean": sum(expected.values()) / 3})
        triples = [
            sugarcrepe_pp.Item(kinds[i % 3], i, str(i), str(i + 12), str(i + 24)) for i in range(12)
        ]
        itt = [min(s[i, i], s[i, i + 12]) > s[i, i + 24] for i in range(12)]
        tot = [t[i, i + 12] > max(t[i, i + 24], t[i + 12, i + 24]) for i in range(12)]
        pp = sugarcrepe_pp.score(triples, scorer)
        assert pp["ITT"] == pytest.approx(100 * sum(itt) / 12)
        assert pp["TOT"] == pytest.approx(100 * sum(tot) / 12)
        pairs = [winoground.Item((i, i + 6), (str(i), str(i + 6))) for i in range(6)]
        text = [s[i, i] > s[i, i + 6] and s[i + 6, i + 6] > s[i + 6, i] for i in range(6)]
        image = [s[i, i] > s[i + 6, i] and s[i + 6, i + 6] > s[i, i + 6] for i in range(6)]
        both = [a and b for a, b in zip(text, image, strict=True)]
        assert winoground.score(pairs, scorer) == pytest.approx(
            {
                "text": 100 * sum(text) / 6,
                "image": 100 * sum(image) / 6,
                "group": 100 * sum(both) / 6,
            }
        )


def columns(table: Vectors) -> Scorer:
    """The i-th column has the scores of the text `w<i>` with every picture."""
    eye = np.eye(len(table), dtype=np.float32)
    return Scorer(eye, lambda texts: np.stack([table[:, int(text[1:])] for text in texts]))


def test_the_class_of_a_picture_is_that_of_a_plain_loop_on_100_matrices_full_of_ties() -> None:
    rng = np.random.default_rng(4)
    for _ in range(100):
        table = (rng.integers(0, 6, (8, 14)) / 4).astype(np.float32)
        scorer = columns(table)
        labels = [[f"w{2 * i}", f"w{2 * i + 1}"] for i in range(7)]
        items = [classify.Item(i, i % 7) for i in range(8)]
        means = (table[:, 0::2] + table[:, 1::2]) / 2
        places = [sum(means[i, j] >= means[i, i % 7] for j in range(7)) - 1 for i in range(8)]
        assert classify.score(labels, items, scorer) == pytest.approx(
            {f"top{k}": 100 * sum(place < k for place in places) / 8 for k in (1, 5)}
        )
