from collections import Counter

import numpy as np
import pytest
from oracles import Drawing, Ignorant, Perfect, chance, drawing, figures

from vladva.benchmarks import pictures
from vladva.benchmarks.edits import WEIGHTS, Item, best_sum, summed, wins
from vladva.benchmarks.metrics import percents
from vladva.benchmarks.registry import Setup, silent
from vladva.benchmarks.toyland_edits import KINDS, asked, drawn
from vladva.protocols import Vectors

__all__ = ["drawing"]


def unit(rng: np.random.Generator, count: int, dim: int = 8) -> Vectors:
    made = rng.normal(size=(count, dim)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_a_query_looks_everywhere_but_at_its_own_picture() -> None:
    candidates = np.eye(3, dtype=np.float32)
    queries = np.array([[0.9, 0.4, 0.1]], np.float32)
    assert wins([Item("add", 0, "", 1)], queries, candidates)["R@1"].tolist() == [True]
    assert wins([Item("add", 2, "", 1)], queries, candidates)["R@1"].tolist() == [False]


def test_its_own_picture_is_out_however_little_the_others_score() -> None:
    candidates = np.array([[1.0], [-3.0], [-5.0]])
    found = wins([Item("add", 0, "", 1)], np.ones((1, 1)), candidates)
    assert found["R@1"].tolist() == [True]


def test_the_sum_gets_the_weight_that_is_best_for_it() -> None:
    rng = np.random.default_rng(0)
    images, texts, candidates = unit(rng, 40), unit(rng, 40), unit(rng, 200)
    items = [Item("add", i, "", 199 - i) for i in range(40)]
    tried = [percents(wins(items, summed(images, texts, weight), candidates)) for weight in WEIGHTS]
    best = {metric: max(one[metric] for one in tried) for metric in tried[0]}
    assert percents(best_sum(items, images, texts, candidates)) == best
    assert best["R@10"] > min(one["R@10"] for one in tried)


def test_sums_are_unit_vectors_and_weight_zero_is_the_picture() -> None:
    rng = np.random.default_rng(0)
    images, texts = unit(rng, 5), unit(rng, 5)
    np.testing.assert_allclose(summed(images, texts, 0), images, atol=1e-6)
    lengths = np.linalg.norm(summed(images, texts, 0.7), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-6)
    assert summed(images, texts, 0.7).dtype == np.float32
    assert not np.isnan(summed(images, -images, 1)).any()


def test_there_are_so_many_queries_of_each_kind_and_many_look_alike() -> None:
    scenes, items = drawn(Setup(seed=1, count=8))
    assert Counter(item.kind for item in items) == dict.fromkeys(KINDS, 8)
    assert len(set(scenes)) == len(scenes)
    families = Counter(scene.index for scene in scenes)
    assert min(families.values()) > 6
    assert np.mean(list(families.values())) > 12
    for item in items:
        assert scenes[item.source] != scenes[item.target]
        assert scenes[item.source].index == scenes[item.target].index


def test_held_out_wordings_share_no_instruction_with_the_others() -> None:
    _, plain = drawn(Setup(seed=1, count=4))
    _, other = drawn(Setup(seed=1, count=4, unseen_words=True))
    assert not {one.instruction for one in plain} & {one.instruction for one in other}


def test_a_joint_query_is_made_of_its_own_picture_whatever_the_chunk(
    drawing: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes, items = drawn(Setup(count=3))
    whole = asked(Ignorant(), scenes, items, silent)
    monkeypatch.setattr(pictures, "AT_ONCE", 7)
    parts = asked(Ignorant(), scenes, items, silent)
    assert whole.joint is not None
    assert parts.joint is not None
    np.testing.assert_array_equal(whole.joint, parts.joint)
    for vector, item in zip(whole.joint, items, strict=True):
        asks = f"{drawing.number(scenes[item.source])} {item.instruction}"
        np.testing.assert_array_equal(vector, chance(asks))
    np.testing.assert_array_equal(whole.candidates, parts.candidates)


def test_an_encoder_of_two_towers_reports_the_sum_only(drawing: Drawing) -> None:
    found = figures("toyland-edits", Perfect(drawing, two_towers=True), Setup(count=2))
    assert found
    assert not [metric for metric in found if metric.startswith("joint")]
    assert {"sum_R@10", "sum_R@10_text_only", "sum_R@10_bag_of_words"} <= set(found)
