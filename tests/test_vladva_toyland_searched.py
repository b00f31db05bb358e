"""Questions in the words of a search: surely answered, yes as often as no, of every sort."""

import random
from collections import Counter

from vladva.toyland.facts import At, Count, Exists, Relation, Setting
from vladva.toyland.invent import invent
from vladva.toyland.searched import searched
from vladva.toyland.truth import holds


def test_answers_are_true_of_their_scenes_and_no_fact_is_asked_twice() -> None:
    for index in range(150):
        scene = invent("test", 3, index)
        found = searched(scene, random.Random(index), 4)
        assert len({one.fact for one in found}) == len(found) <= 4
        for one in found:
            assert holds(scene, one.fact) == ("yes" if one.answer else "no")
            assert one.text.endswith("?")


def test_all_sorts_come_of_each_yes_and_no() -> None:
    told: Counter[tuple[type, bool]] = Counter()
    for index in range(200):
        for one in searched(invent("test", 3, index), random.Random(index), 4):
            told[type(one.fact), one.answer] += 1
    assert {kind for kind, _ in told} == {Exists, Relation, Setting, At}
    assert Count not in {kind for kind, _ in told}
    assert min(told.values()) > 20
    yes = sum(count for (_, answer), count in told.items() if answer)
    assert 0.4 < yes / told.total() < 0.6


def test_kinds_are_asked_for_bare_alone_and_in_the_plural() -> None:
    texts = {
        one.text
        for index in range(120)
        for one in searched(invent("test", 3, index), random.Random(index), 4)
    }
    assert {"is there a dog?", "are there dogs?"} <= texts
