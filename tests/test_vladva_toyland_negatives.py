import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from vladva.benchmarks.exam import Exam, without_pictures
from vladva.benchmarks.metrics import Wins, percents
from vladva.benchmarks.scorers import Scorer
from vladva.benchmarks.sugarcrepe import Item, lessons
from vladva.toyland.facts import Fact, Phrase, phrases_of
from vladva.toyland.invent import held_out_pairs, invent
from vladva.toyland.negatives import (
    KINDS_OF_NEGATIVE,
    KINDS_OF_TRIPLE,
    Negative,
    negatives,
    triples,
    unseen_scene,
    winoground,
)
from vladva.toyland.scene import COLOURS, Scene
from vladva.toyland.truth import fits

ITEMS = 1000


@cache
def items(kind: str, *, rare: bool = False) -> list[tuple[Scene, Negative]]:
    """`ITEMS` negatives of a kind, each with its scene."""
    found: list[tuple[Scene, Negative]] = []
    index = 0
    while len(found) < ITEMS:
        scene = unseen_scene("test", 21, index, kind) if rare else invent("test", 21, index)
        made = negatives(scene, random.Random(index), (kind,), rare=rare)
        found += [(scene, one) for one in made]
        index += 1
    return found


def text_only(pairs: list[tuple[str, str]]) -> float:
    """How often words, learnt on one half, tell true from false on the other; percent."""
    items = [Item("", 0, positive, negative) for positive, negative in pairs]

    def wins(judged: Sequence[Item], scorer: Scorer) -> Wins:
        texts = ([item.positive for item in judged], [item.negative for item in judged])
        true, false = (scorer.pairs([0] * len(judged), some) for some in texts)
        return {"right": true > false}

    exam = Exam([invent("test", 0, 0)], items, wins, lessons=lessons)
    return percents(without_pictures(exam, seed=0))["right"]


def bag(text: str) -> Counter[str]:
    words = re.findall(r"[\w-]+", text)
    return Counter("a" if word == "an" else word for word in words)


def held_out(facts: tuple[Fact, ...]) -> bool:
    return any((p.colour, p.kind) in held_out_pairs() for p in phrases_of(facts))


@pytest.mark.parametrize("kind", KINDS_OF_NEGATIVE)
def test_the_positive_holds_and_the_negative_never_does(kind: str) -> None:
    for scene, item in items(kind):
        assert item.kind == kind
        assert fits(scene, item.positive) == "yes", item
        assert fits(scene, item.negative) == "no", item
        assert item.positive.text != item.negative.text


@pytest.mark.parametrize("kind", KINDS_OF_NEGATIVE)
@pytest.mark.parametrize("rare", [False, True])
def test_a_scorer_that_sees_only_the_text_is_near_chance(kind: str, rare: bool) -> None:
    pairs = [(one.positive.text, one.negative.text) for _, one in items(kind, rare=rare)]
    assert text_only(pairs) <= 55


def test_the_text_only_scorer_would_notice_a_telling_word() -> None:
    texts = [one.positive.text for _, one in items("replace_obj")]
    assert text_only([(text, text.replace(" a ", " some ") + " x") for text in texts]) > 95


@pytest.mark.parametrize("kind", ["swap_obj", "swap_att"])
def test_swapped_captions_have_the_same_words(kind: str) -> None:
    for _, item in items(kind):
        words = [bag(said.text) for said in (item.positive, item.negative)]
        assert words[0] == words[1]


@pytest.mark.parametrize("kind", ["add_obj", "add_att"])
def test_what_is_added_makes_neither_longer(kind: str) -> None:
    for _, item in items(kind):
        assert len(item.positive.text.split()) == len(item.negative.text.split())


def test_training_negatives_never_name_a_held_out_pair() -> None:
    for index in range(300):
        scene = invent("train", 3, index)
        for item in negatives(scene, random.Random(index), rare=True):
            assert not held_out(item.negative.facts)


def test_a_held_out_pair_is_false_about_as_often_as_true() -> None:
    for kind in ("swap_att", "replace_att", "add_att"):
        only: list[tuple[bool, bool]] = []
        for _, item in items(kind, rare=True):
            true, false = set(phrases_of(item.positive.facts)), set(phrases_of(item.negative.facts))
            only.append((_rare(true - false), _rare(false - true)))
        true_share = sum(true for true, _ in only) / sum(true + false for true, false in only)
        assert 0.4 < true_share < 0.6


def _rare(phrases: set[Phrase]) -> bool:
    return any((phrase.colour, phrase.kind) in held_out_pairs() for phrase in phrases)


def test_triples_say_the_same_twice_and_something_false_in_the_words_of_the_first() -> None:
    seen = Counter[str]()
    for index in range(300):
        scene = invent("test", 4, index)
        for item in triples(scene, random.Random(index)):
            seen[item.kind] += 1
            assert fits(scene, item.p1) == fits(scene, item.p2) == "yes"
            assert fits(scene, item.negative) == "no"
            texts = [said.text for said in (item.p1, item.p2, item.negative)]
            assert len(set(texts)) == 3
            words = [set(text.split()) for text in texts]
            assert len(words[0] ^ words[2]) <= 10
    assert set(seen) == set(KINDS_OF_TRIPLE)


@pytest.mark.parametrize("unseen", [False, True])
def test_winoground_captions_share_their_words_and_each_fits_its_own_scene(unseen: bool) -> None:
    for index in range(100):
        one, other, first, second = winoground("test", 6, index, unseen=unseen)
        assert first != second
        assert bag(first) == bag(second)
        assert one.background == other.background
        assert len(one.things) == len(other.things)
        for scene in (one, other):
            assert [thing.depth for thing in scene.things] == sorted(
                thing.depth for thing in scene.things
            )


def test_a_winoground_pair_is_made_again_alike() -> None:
    assert winoground("test", 6, 7) == winoground("test", 6, 7)
    assert winoground("test", 6, 7) != winoground("test", 6, 8)


def test_winoground_captions_fit_their_own_scene_only() -> None:
    """Judged from the words: which colour stands beside which kind."""
    judged = 0
    for index in range(150):
        one, other, first, second = winoground("test", 9, index)
        named = [set(re.findall(rf"({'|'.join(COLOURS)}) (\w+)", text)) for text in (first, second)]
        if named[0] != named[1]:
            judged += 1
            for scene, own, foreign in ((one, *named), (other, *named[::-1])):
                held = {(t.colour, t.kind) for t in scene.things}
                spoken = held | {(c, SHORT.get(k, k)) for c, k in held}
                assert own <= spoken
                assert not foreign <= spoken
    assert judged > 40


SHORT = {"airplane": "plane", "bicycle": "bike"}


def test_held_out_wordings_come_on_demand_only() -> None:
    scene = invent("test", 4, 12)
    seen = {n.positive.text for i in range(60) for n in negatives(scene, random.Random(i))}
    new = {
        n.positive.text for i in range(60) for n in negatives(scene, random.Random(i), unseen=True)
    }
    assert seen
    assert new
    assert not seen & new
