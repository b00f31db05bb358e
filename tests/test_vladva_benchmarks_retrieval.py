from collections.abc import Sequence

import numpy as np
import pytest

from vladva.benchmarks.metrics import percents
from vladva.benchmarks.retrieval import Item, image_ranks, score, text_ranks, wins
from vladva.benchmarks.scorers import Scorer
from vladva.protocols import Vectors


def scorer_of(table: Vectors, texts: list[str]) -> Scorer:
    """The scorer whose table of pictures and texts is this one."""
    rows = dict(zip(texts, table.T, strict=True))

    def embed(wanted: Sequence[str]) -> Vectors:
        return np.stack([rows[text] for text in wanted])

    return Scorer(np.eye(len(table), dtype=np.float32), embed)


def test_recall_is_that_of_sorted_scores() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        table = rng.normal(size=(12, 60)).astype(np.float32)
        texts = [f"t{i}" for i in range(60)]
        items = [Item(i // 5, text) for i, text in enumerate(texts)]
        order = np.argsort(-table, axis=0)  # [pictures, texts]
        best = np.argsort(-table, axis=1)
        expected = {}
        for k in (1, 10):
            hits = [i // 5 in order[:k, i] for i in range(60)]
            expected[f"image_R@{k}"] = 100 * float(np.mean(hits))
        for k in (1, 10):
            hits = [any(best[picture, :k] // 5 == picture) for picture in range(12)]
            expected[f"text_R@{k}"] = 100 * float(np.mean(hits))
        assert score(items, scorer_of(table, texts)) == pytest.approx(expected)


def test_any_own_caption_is_a_hit() -> None:
    table = np.array([[0.1, 0.9, 0.5], [0.2, 0.3, 0.4]], np.float32)
    items = [Item(0, "a"), Item(0, "b"), Item(1, "c")]
    assert text_ranks(items, scorer_of(table, ["a", "b", "c"])).tolist() == [0, 0]


def test_a_text_of_two_pictures_is_right_for_both_and_stands_at_one_place() -> None:
    table = np.array([[0.9, 0.5], [0.9, 0.95]], np.float32)
    items = [Item(0, "same"), Item(1, "same"), Item(1, "other")]
    scorer = scorer_of(table, ["same", "other"])
    assert text_ranks(items, scorer).tolist() == [0, 0]
    assert image_ranks(items, scorer).tolist() == [1, 1, 0]


def test_more_queries_than_are_ranked_at_once_keep_their_order() -> None:
    count = 600
    items = [Item(i, f"t{i}") for i in range(count)]
    table = np.eye(count, dtype=np.float32)
    table[500, 20] = 2
    scorer = scorer_of(table, [item.text for item in items])
    assert np.flatnonzero(image_ranks(items, scorer)).tolist() == [20]
    assert np.flatnonzero(text_ranks(items, scorer)).tolist() == [500]


def test_an_encoder_that_collapsed_finds_nothing() -> None:
    items = [Item(i, f"t{i}") for i in range(30)]
    scorer = scorer_of(np.ones((30, 30), np.float32), [item.text for item in items])
    assert set(score(items, scorer).values()) == {0.0}


def place(scores: list[float], right: set[int]) -> int:
    """The reference: sort, the wrong ones first among equals, and look where a right one stands."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i in right))
    return min(order.index(candidate) for candidate in right)


def test_recall_is_that_of_a_plain_reference_on_100_matrices_full_of_ties() -> None:
    rng = np.random.default_rng(7)
    texts = [f"t{i}" for i in range(45)]
    items = [Item(i // 5, text) for i, text in enumerate(texts)]
    for _ in range(100):
        table = (rng.integers(0, 12, (9, 45)) / 4).astype(np.float32)
        image = [place(table[:, i].tolist(), {i // 5}) for i in range(45)]
        text = [place(table[n].tolist(), set(range(5 * n, 5 * n + 5))) for n in range(9)]
        expected = {
            f"{side}_R@{k}": 100 * sum(rank < k for rank in places) / len(places)
            for side, places in (("image", image), ("text", text))
            for k in (1, 5, 10)
        }
        found = percents(wins(items, scorer_of(table, texts), (1, 5, 10)))
        assert found == pytest.approx(expected)
