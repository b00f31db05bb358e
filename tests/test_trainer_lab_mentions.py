import random
from dataclasses import replace

import pytest

from vladva.toyland.invent import invent
from vladva.toyland.scene import Scene, Thing
from vladva.toyland.words import long_captions, short_captions
from vladva.trainer.lab.mentions import WIDTH, Target, mentions

DOG = Thing(0, "dog", "red", "small", (0.1, 0.2, 0.2, 0.4), 0)
CAT = Thing(1, "cat", "black", "large", (0.5, 0.5, 0.4, 0.2), 1)
BLUE_DOG = replace(DOG, id=2, colour="blue", size="large", box=(0.6, 0.0, 0.2, 0.2))
PLANE = Thing(3, "airplane", "white", "medium", (0.0, 0.0, 0.2, 0.1), 2)
SCENE = Scene("train", 0, 0, (DOG, CAT, BLUE_DOG, PLANE), "beach", "day")
AT_DOG = Target(1.0, pytest.approx(0.2), pytest.approx(0.4), 0.2, 0.4)


def test_a_name_that_fits_one_thing_points_at_it() -> None:
    text = "do you see a red dog left of the cat?"
    found = list(mentions(SCENE, text))
    assert [text[:end].rsplit(maxsplit=1)[-1] for end, _ in found] == ["dog", "cat"]
    assert found[0][1] == AT_DOG
    assert (found[1][1].x, found[1][1].y) == (pytest.approx(0.7), pytest.approx(0.6))


def test_a_name_that_fits_several_things_points_nowhere() -> None:
    assert list(mentions(SCENE, "is there a dog?")) == []


@pytest.mark.parametrize("text", ["a small dog", "a little red dog", "the little dog"])
def test_a_size_tells_apart(text: str) -> None:
    assert [found for _, found in mentions(SCENE, text)] == [AT_DOG]


def test_a_name_that_fits_nothing_is_not_there() -> None:
    assert list(mentions(SCENE, "a green cat or a horse")) == [(11, Target(0.0)), (22, Target(0.0))]


def test_synonyms_mean_the_same_and_plurals_and_longer_words_nothing() -> None:
    assert len({found for _, found in mentions(SCENE, "a plane, an airplane")}) == 1
    assert list(mentions(SCENE, "two cats, a catalogue, hotdog, people")) == []


def test_a_target_is_as_wide_as_it_says() -> None:
    assert len(Target(0.0).numbers()) == WIDTH


def test_in_true_captions_nothing_is_missing_but_what_is_said_to_be() -> None:
    named = 0
    for index in range(200):
        scene = invent("train", 0, index)
        rng = random.Random(index)
        for text in (*short_captions(scene, rng, 2), *long_captions(scene, rng, 1)):
            found = [target for _, target in mentions(scene, text)]
            denies = {"no", "not", "without", "nor", "neither"} & set(text.lower().split())
            assert denies or all(target.there for target in found), text
            named += len(found)
    assert named > 800
