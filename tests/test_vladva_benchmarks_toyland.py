"""The drawn items: of the test split, so many of each kind, and no text that gives itself away."""

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from itertools import chain
from typing import Any

import numpy as np
import pytest
from oracles import Ignorant

from vladva.benchmarks import (
    toyland_classify,
    toyland_retrieval,
    toyland_sugarcrepe,
    toyland_sugarcrepe_pp,
    toyland_winoground,
)
from vladva.benchmarks.exam import Exam, without_pictures
from vladva.benchmarks.metrics import percents
from vladva.benchmarks.pictures import encode_scenes
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.scorers import bag_of_words
from vladva.toyland.invent import held_out_pairs
from vladva.toyland.scene import COLOURS, KINDS

EXAMS: dict[str, Callable[[Setup], Exam[Any]]] = {
    "sugarcrepe": toyland_sugarcrepe.exam,
    "sugarcrepe-pp": toyland_sugarcrepe_pp.exam,
    "winoground": toyland_winoground.exam,
    "classify": toyland_classify.exam,
    "retrieval": lambda setup: toyland_retrieval.exam(*toyland_retrieval.drawn(setup)),
}


@pytest.mark.parametrize("name", sorted(EXAMS))
@pytest.mark.parametrize("unseen", [False, True])
def test_scenes_are_of_the_test_split_and_hold_unseen_pairs_on_demand(
    name: str, unseen: bool
) -> None:
    exam = EXAMS[name](Setup(seed=1, count=4, unseen=unseen))
    assert {scene.split for scene in exam.scenes} == {"test"}
    pairs = [{(thing.colour, thing.kind) for thing in scene.things} for scene in exam.scenes]
    rare = np.mean([bool(held & held_out_pairs()) for held in pairs])
    assert rare > 0.45 if unseen else rare == 0


@pytest.mark.parametrize("unseen", [False, True])
def test_there_are_so_many_items_of_each_kind(unseen: bool) -> None:
    setup = Setup(seed=2, count=9, unseen=unseen)
    for exam in (toyland_sugarcrepe.exam(setup), toyland_sugarcrepe_pp.exam(setup)):
        assert set(Counter(item.kind for item in exam.items).values()) == {9}
        assert len({scene.index for scene in exam.scenes}) > 8
    assert len(toyland_winoground.exam(setup).items) == 9
    kinds = {kind for _, kind in held_out_pairs()} if unseen else KINDS
    assert len(toyland_classify.exam(setup).items) == 9 * len(kinds)


def test_an_unseen_item_names_a_pair_that_was_never_trained() -> None:
    names = {f"{colour} {kind}" for colour, kind in held_out_pairs()}
    names |= {name.replace("airplane", "plane") for name in names}
    names |= {name.replace("bicycle", "bike") for name in names}
    for item in toyland_sugarcrepe.exam(Setup(count=12, unseen=True)).items:
        assert any(name in item.positive or name in item.negative for name in names), item


def test_one_thing_is_alone_in_a_picture_that_is_to_be_classified() -> None:
    exam = toyland_classify.exam(Setup(count=3))
    for item in exam.items:
        assert [thing.kind for thing in exam.scenes[item.picture].things] == [KINDS[item.label]]
    assert len({scene.things[0].colour for scene in exam.scenes}) == len(COLOURS)


def test_every_picture_has_five_captions() -> None:
    _, captions = toyland_retrieval.drawn(Setup(count=30))
    assert set(Counter(number for number, _ in captions).values()) == {5}


@pytest.mark.parametrize("name", ["sugarcrepe", "classify", "winoground", "retrieval"])
def test_held_out_wordings_share_no_text_with_the_others(name: str) -> None:
    def texts(setup: Setup) -> set[str]:
        if name == "classify":
            return set(chain.from_iterable(toyland_classify.labels(unseen=setup.unseen_words)))
        parts = chain.from_iterable(map(astuple, EXAMS[name](setup).items))
        flat = chain.from_iterable(p if isinstance(p, tuple) else (p,) for p in parts)
        return {text for text in flat if " " in str(text)}

    seen, unseen = texts(Setup(count=20)), texts(Setup(count=20, unseen_words=True))
    assert seen
    assert len(seen & unseen) <= 0.02 * len(seen)


@pytest.mark.parametrize("unseen", [False, True])
def test_the_controls_are_where_they_must_be(unseen: bool) -> None:
    exam = toyland_sugarcrepe.exam(Setup(seed=7, count=300, unseen=unseen))
    blind = exam.figures(without_pictures(exam, 0))
    assert blind["mean"] <= 53, blind
    assert max(blind.values()) <= 59, blind  # of 300 items three points are one deviation
    bags = percents(exam.wins(exam.items, bag_of_words(exam.scenes)))
    for kind in ("swap_obj", "swap_att", "replace_rel"):
        assert bags[kind] == pytest.approx(50, abs=8)
    assert min(bags["replace_obj"], bags["add_obj"]) > 96


def test_the_blind_control_would_notice_a_telling_word() -> None:
    exam = toyland_sugarcrepe.exam(Setup(count=60))
    marked = [
        type(item)(item.kind, item.picture, item.positive, item.negative + " x")
        for item in exam.items
    ]
    told = Exam(exam.scenes, marked, exam.wins, exam.figures, exam.lessons, exam.kind)
    assert exam.figures(without_pictures(told, 0))["mean"] > 90


def test_pictures_are_drawn_in_order_a_few_at_a_time_and_told_of() -> None:
    encoder = Ignorant()
    scenes = toyland_winoground.exam(Setup(count=35)).scenes
    heard: list[tuple[int, int]] = []
    vectors = encode_scenes(encoder, scenes, lambda done, total: heard.append((done, total)))
    assert heard == [(64, 70), (70, 70)]
    some = encode_scenes(encoder, scenes[66:68], lambda _done, _total: None)
    np.testing.assert_allclose(vectors[66:68], some, atol=1e-5)
