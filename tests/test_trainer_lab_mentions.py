import math
import random
from dataclasses import replace

import pytest

from vladva.toyland.invent import invent
from vladva.toyland.scene import Scene, Thing
from vladva.toyland.voice import wordings
from vladva.toyland.words import long_captions, short_captions
from vladva.trainer.lab.mentions import MANY, WIDTH, mentions

DOG = Thing(0, "dog", "red", "small", (0.1, 0.2, 0.2, 0.4), 0)
CAT = Thing(1, "cat", "black", "large", (0.5, 0.5, 0.4, 0.2), 1)
BLUE_DOG = replace(DOG, id=2, colour="blue", size="large", box=(0.6, 0.0, 0.2, 0.2))
PLANE = Thing(3, "airplane", "white", "medium", (0.0, 0.0, 0.2, 0.1), 2)
SCENE = Scene("train", 0, 0, (DOG, CAT, BLUE_DOG, PLANE), "beach", "day")
AT_DOG = pytest.approx((1 / MANY, 0.2, 0.4, 0.2, 0.4))


def named(text: str) -> list[tuple[str, float, bool]]:
    """The noun, how many it names, and whether it is known where."""
    found = mentions(SCENE, text)
    return [
        (text[:end].rsplit(maxsplit=1)[-1], target[0] * MANY, not math.isnan(target[1]))
        for end, target in found
    ]


def test_a_name_that_fits_one_thing_points_at_it() -> None:
    text = "do you see a red dog left of the cat?"
    assert named(text) == [("dog", 1, True), ("cat", 1, True)]
    (_, dog), (_, cat) = mentions(SCENE, text)
    assert dog == AT_DOG
    assert cat == pytest.approx((1 / MANY, 0.7, 0.6, 0.4, 0.2))


@pytest.mark.parametrize("text", ["a small dog", "a little red dog", "the little dog"])
def test_a_size_tells_apart(text: str) -> None:
    assert [found for _, found in mentions(SCENE, text)] == [AT_DOG]


def test_what_fits_several_things_or_none_is_counted_and_points_nowhere() -> None:
    text = "is there a dog, a green cat, a horse?"
    assert named(text) == [("dog", 2, False), ("cat", 0, False), ("horse", 0, False)]
    assert all(len(target) == WIDTH for _, target in mentions(SCENE, text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("how many dogs?", ("dogs", 2, False)),
        ("how many blue dogs are there?", ("dogs", 1, True)),
        ("how many animals can you see?", ("animals", 3, False)),
        ("one vehicle", ("vehicle", 1, True)),
        ("four things", ("things", 4, False)),
        ("two large things", ("things", 2, False)),
        ("a plane", ("plane", 1, True)),
        ("airplanes", ("airplanes", 1, True)),
        ("people", ("people", 0, False)),
    ],
)
def test_plurals_groups_and_synonyms_name_things_too(
    text: str, wanted: tuple[str, float, bool]
) -> None:
    assert named(text) == [wanted]


def test_longer_words_name_nothing() -> None:
    assert named("a catalogue, a hotdog, nothings") == []


def test_in_true_captions_nothing_is_missing_but_what_is_said_to_be() -> None:
    numbers = {word: int(n) for n, word in wordings()["number"].items()}
    seen = counted = 0
    for index in range(200):
        scene = invent("train", 0, index)
        rng = random.Random(index)
        for text in (*short_captions(scene, rng, 2), *long_captions(scene, rng, 1)):
            found = list(mentions(scene, text))
            denies = {"no", "not", "without", "nor", "neither"} & set(text.lower().split())
            assert denies or all(target[0] for _, target in found), text
            seen += len(found)
            for end, target in found:
                before = text[:end].split()[-2:]
                if before[0].lower() in numbers and not denies:
                    assert target[0] * MANY == numbers[before[0].lower()], text
                    counted += 1
    assert seen > 800
    assert counted > 30
