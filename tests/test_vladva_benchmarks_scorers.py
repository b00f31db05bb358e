from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from vladva.benchmarks.bags import MEANINGS, meanings, spoken, vector_of
from vladva.benchmarks.scorers import Scorer, bag_of_words, text_only
from vladva.protocols import Vectors
from vladva.toyland.invent import invent
from vladva.toyland.scene import COLOURS, KINDS
from vladva.toyland.voice import wordings

PICTURES = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
WORDS = {"x": [1, 0], "y": [0, 1], "z": [0.8, 0.6]}


def embed(texts: Sequence[str]) -> Vectors:
    return np.array([WORDS[text] for text in texts], np.float32)


def test_pairs_are_the_diagonal_of_the_table() -> None:
    scorer = Scorer(PICTURES, embed)
    table = scorer.table([2, 0, 1], ["x", "y", "z"])
    assert table.dtype == np.float32
    np.testing.assert_allclose(table, [[0.6, 0.8, 0.96], [1, 0, 0.8], [0, 1, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(scorer.pairs([2, 0, 1], ["x", "y", "z"]), table.diagonal())
    np.testing.assert_allclose(scorer.alike(["x", "x"], ["z", "y"]), [0.8, 0])


def test_a_label_scores_the_mean_of_its_wordings() -> None:
    scorer = Scorer(PICTURES, embed)
    found = scorer.variants([0, 2], [["x", "y"], ["z"]])
    np.testing.assert_allclose(found, [[0.5, 0.8], [0.7, 0.96]], rtol=1e-6)


def test_each_text_is_embedded_once_and_only_so_many_at_once() -> None:
    calls: list[list[str]] = []

    def counted(texts: Sequence[str]) -> Vectors:
        calls.append(list(texts))
        return np.ones((len(texts), 2), np.float32)

    scorer = Scorer(PICTURES, counted)
    texts = [f"t{i % 300}" for i in range(900)]
    scorer.table([0], texts)
    scorer.pairs([0] * 3, texts[:3])
    assert [len(call) for call in calls] == [256, 44]


def test_nothing_to_score_is_no_error() -> None:
    scorer = Scorer(PICTURES, embed)
    assert scorer.pairs([], []).shape == (0,)
    assert scorer.table([], ["x"]).shape == (0, 1)


def test_a_coin_breaks_ties_and_nothing_else() -> None:
    level = Scorer(np.ones((2, 1)), lambda texts: np.ones((len(texts), 1)), coin=0)
    ones = ["a"] * 4000
    won = level.pairs([0] * 4000, ones) > level.pairs([1] * 4000, ones)
    assert 0.46 < won.mean() < 0.54
    steps = Scorer(np.array([[1.0], [1.0 + 1e-6]]), lambda t: np.ones((len(t), 1)), coin=0)
    assert (steps.pairs([1] * 4000, ones) > steps.pairs([0] * 4000, ones)).all()


def test_the_text_scorer_hears_a_telling_word_and_a_telling_order() -> None:
    lessons = [("a red dog", "a red dog x")] * 5 + [("cat on mat", "mat on cat")] * 5
    scorer = text_only(lessons, pictures=3)
    true, false = ["a blue dog", "cat on a mat"], ["a blue dog x", "mat on a cat"]
    assert (scorer.pairs([0, 1], true) > scorer.pairs([0, 1], false)).all()
    assert (scorer.alike(true, true) > scorer.alike(true, false)).all()


def test_the_text_scorer_gives_every_picture_the_same_score() -> None:
    scorer = text_only([("a", "b")], pictures=2)
    np.testing.assert_allclose(*scorer.table([0, 1], ["a", "b", "c"]), atol=1e-8)


def test_the_text_scorer_that_heard_nothing_new_tosses_a_coin() -> None:
    scorer = text_only([], pictures=1)
    texts = [f"text {i}" for i in range(2000)]
    won = scorer.pairs([0] * 2000, texts) > scorer.pairs([0] * 2000, texts[::-1])
    assert 0.45 < won.mean() < 0.55


def test_the_text_scorer_stays_exact_when_it_is_very_sure() -> None:
    lessons = [(" ".join(f"w{i}" for i in range(60)), "no")] * 2000
    scorer = text_only(lessons, pictures=1)
    texts = [" ".join(f"w{i}" for i in range(n)) for n in (60, 59)]
    longer, shorter = scorer.pairs([0, 0], texts)
    assert longer > shorter * (1 + 1e-4)


def test_the_bag_counts_the_words_that_are_there() -> None:
    scene = invent("test", 0, 1)
    scorer = bag_of_words([scene])
    kind, colour = scene.things[0].kind, scene.things[0].colour
    absent = next(k for k in KINDS if k not in {thing.kind for thing in scene.things})
    strange = next(c for c in COLOURS if c not in {thing.colour for thing in scene.things})
    texts = [f"a {colour} {kind}", f"a {kind}", f"a {strange} {kind}", f"a {strange} {absent}"]
    scores = scorer.pairs([0] * 4, texts)
    assert np.argsort(-scores).tolist() == [0, 1, 2, 3]
    chatty = f"{colour} {kind} {scene.background} {scene.time} and a {strange} one"
    assert scorer.pairs([0], [chatty]) < scores[1]


def test_the_bag_does_not_know_who_has_which() -> None:
    scene = next(
        one for one in (invent("test", 0, i) for i in range(99)) if len(one.things) == 2
        if one.things[0].colour != one.things[1].colour
    )  # fmt: skip
    a, b = scene.things
    texts = [f"a {a.colour} {a.kind} on a {b.colour} {b.kind}"]
    swapped = [f"a {b.colour} {a.kind} on a {a.colour} {b.kind}"]
    scorer = bag_of_words([scene])
    assert scorer.pairs([0], texts) == pytest.approx(scorer.pairs([0], swapped), abs=1e-8)
    moved = replace(scene, things=(replace(a, box=b.box), replace(b, box=a.box)))
    assert (vector_of(scene) == vector_of(moved)).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two people beside a little plane", ["person", "small", "airplane"]),
        ("big bikes and cacti, in the daytime", ["large", "bicycle", "cactus", "day"]),
        ("a medium-sized animal on the meadow at night", ["medium", "animal", "meadow", "night"]),
        ("a lighthouse, two balloons", ["lighthouse", "balloon"]),
        ("the same, but the vehicle is orange", ["vehicle", "orange"]),
    ],
)
def test_the_bag_knows_every_word_for_a_meaning(text: str, words: list[str]) -> None:
    assert {MEANINGS[place] for place in np.flatnonzero(spoken(text))} == set(words)


def test_no_word_of_a_wording_without_slots_is_taken_for_a_meaning() -> None:
    for section in ("things", "relates", "with where", "with more", "scenery", "where"):
        for wording in (*wordings()[section]["seen"], *wordings()[section]["unseen"]):
            assert not spoken(wording).any(), wording


def test_meanings_are_told_apart() -> None:
    assert len(set(MEANINGS)) == len(MEANINGS)
    assert set(meanings().values()) == set(range(len(MEANINGS)))
