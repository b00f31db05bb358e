import random
from collections import Counter
from dataclasses import replace

import pytest
from oracles import Drawing
from speakers import Answer, Speaker, models, painted

from vladva.benchmarks import questions as protocol
from vladva.benchmarks.registry import Setup, run
from vladva.benchmarks.toyland_questions import drawn, without_pictures, without_structure
from vladva.toyland.invent import held_out_pairs
from vladva.toyland.questions import KINDS_OF_QUESTION

NAME = "toyland-questions"
SETUP = Setup(seed=3, count=20)


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    return painted(monkeypatch)


def knowing(setup: Setup) -> Answer:
    scenes, items = drawn(setup)
    known = {(scenes[item.picture], item.text): float(item.answer) for item in items}
    return lambda scene, text: known[scene, text]


def test_who_knows_every_answer_scores_a_hundred_and_is_calibrated(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing, knowing(SETUP))), SETUP)
    assert [found[key] for key in (*KINDS_OF_QUESTION, "ece")] == [100, 100, 100, 100, 0]


def test_who_knows_every_answer_the_wrong_way_scores_nothing(drawing: Drawing) -> None:
    know = knowing(SETUP)
    found = run(NAME, models(Speaker(drawing, lambda *asked: 1 - know(*asked))), SETUP)
    assert [found[key] for key in (*KINDS_OF_QUESTION, "ece")] == [0, 0, 0, 0, 100]


def test_who_guesses_is_right_half_the_time(drawing: Drawing) -> None:
    setup = replace(SETUP, count=150)
    chance = random.Random(0)
    found = run(NAME, models(Speaker(drawing, lambda *_: chance.random())), setup)
    assert all(38 < found[kind] < 62 for kind in KINDS_OF_QUESTION)


def test_who_always_says_yes_is_right_exactly_half_the_time(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing, lambda *_: 1.0)), SETUP)
    assert [found[kind] for kind in KINDS_OF_QUESTION] == [50] * 4
    assert found["ece"] == 50


def test_keys_are_the_contracts_with_both_controls_beside_each(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing)), replace(SETUP, count=2))
    plain = ["things", "attribute", "relation", "count", "ece"]
    controls = [f"{key}_{name}" for name in ("text_only", "bag_of_words") for key in plain]
    assert list(found) == plain + controls


def test_a_picture_is_looked_at_once_for_all_its_questions(drawing: Drawing) -> None:
    speaker = Speaker(drawing, lambda *_: 0.5)
    seen: list[tuple[int, int]] = []
    run(NAME, models(speaker), SETUP, lambda *step: seen.append(step))
    scenes, items = drawn(SETUP)
    assert [scene for scene, _ in speaker.asked] == scenes
    asked = Counter(text for _, texts in speaker.asked for text in texts)
    assert asked == Counter(item.text for item in items)
    assert max(len(texts) for _, texts in speaker.asked) > 1
    assert seen[-1] == (len(scenes), len(scenes))


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize("words", [False, True])
def test_of_each_kind_there_are_as_many_as_asked_for_half_of_them_yes(
    unseen: bool, words: bool
) -> None:
    _, items = drawn(Setup(seed=1, count=31, unseen=unseen, unseen_words=words))
    answers = Counter((item.kind, item.answer) for item in items)
    assert answers == {(kind, yes): 15 + yes for kind in KINDS_OF_QUESTION for yes in (True, False)}


def test_the_same_seed_asks_the_same_and_another_seed_something_else() -> None:
    assert drawn(SETUP) == drawn(SETUP)
    assert not set(drawn(SETUP)[0]) & set(drawn(replace(SETUP, seed=4))[0])


def test_rare_questions_name_a_pair_never_trained_but_for_counts() -> None:
    _, items = drawn(Setup(count=30, unseen=True))
    short = {"airplane": "plane", "bicycle": "bike"}
    rare = {f"{colour} {name}" for colour, k in held_out_pairs() for name in (k, short.get(k, k))}
    for item in items:
        assert item.kind == "count" or any(pair in item.text for pair in rare), item


@pytest.mark.parametrize("unseen", [False, True])
def test_words_alone_do_not_give_the_answers_away(unseen: bool) -> None:
    _, items = drawn(Setup(seed=9, count=500, unseen=unseen))
    found = protocol.figures(items, without_pictures(items), KINDS_OF_QUESTION)
    assert all(found[kind] <= 55 for kind in KINDS_OF_QUESTION), found


def test_the_text_only_control_would_notice_a_telling_word() -> None:
    _, items = drawn(Setup(seed=9, count=100))
    words = {True: " indeed", False: " really"}
    telling = [replace(item, text=item.text + words[item.answer]) for item in items]
    assert protocol.right(telling, without_pictures(telling)).mean() > 0.9


def test_a_bag_of_words_knows_things_but_neither_relations_nor_counts() -> None:
    scenes, items = drawn(Setup(seed=2, count=60))
    found = protocol.figures(items, without_structure(scenes, items), KINDS_OF_QUESTION)
    assert found["things"] > 95
    assert found["relation"] == found["count"] == 50
    assert 60 < found["attribute"] < 100


def test_scenes_are_of_the_test_split() -> None:
    assert {scene.split for scene in drawn(SETUP)[0]} == {"test"}
