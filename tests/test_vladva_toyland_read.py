import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladva.toyland.facts import (
    INVERSE,
    Absent,
    At,
    Count,
    Exists,
    Fact,
    Phrase,
    Relation,
    Setting,
)
from vladva.toyland.invent import invent
from vladva.toyland.read import _shapes, _vocabulary, read
from vladva.toyland.scene import BACKGROUNDS, COLOURS, GROUPS, KINDS, RELATIONS, SIZES, TIMES
from vladva.toyland.voice import Voice
from vladva.toyland.words import caption_facts, long_facts

DOG, CAT = Phrase(kind="dog"), Phrase(kind="cat")


@pytest.mark.parametrize("unseen", [False, True])
def test_short_captions_are_read_back_as_what_they_claim(unseen: bool) -> None:
    for index in range(500):
        scene = invent("test", 41, index)
        for said in caption_facts(scene, random.Random(index), 4, unseen=unseen):
            assert set(read(said.text)) == set(said.facts), said.text


@pytest.mark.parametrize("unseen", [False, True])
def test_long_captions_are_read_back_as_what_they_claim(unseen: bool) -> None:
    for index in range(300):
        scene = invent("test", 42, index)
        for said in long_facts(scene, random.Random(index), 2, unseen=unseen):
            assert set(read(said.text)) == set(said.facts), said.text


def _phrases() -> st.SearchStrategy[Phrase]:
    colours, sizes = st.sampled_from([None, *COLOURS]), st.sampled_from([None, *SIZES])
    kinds = st.builds(Phrase, kind=st.sampled_from(KINDS), colour=colours, size=sizes)
    groups = st.builds(Phrase, group=st.sampled_from([*GROUPS]), colour=colours, size=sizes)
    return kinds | groups | st.builds(Phrase, colour=colours, size=sizes)


def _facts() -> st.SearchStrategy[Fact]:
    return (
        st.builds(Exists, _phrases())
        | st.builds(Absent, _phrases())
        | st.builds(Count, _phrases(), st.integers(1, 10))
        | st.builds(Relation, _phrases(), st.sampled_from(RELATIONS), _phrases())
        | st.builds(Setting, st.sampled_from(BACKGROUNDS))
        | st.builds(At, st.sampled_from(TIMES))
    )


@given(_facts(), st.booleans(), st.integers(0, 10**6))
def test_any_claim_in_any_wording_is_read_back(fact: Fact, unseen: bool, seed: int) -> None:
    text = Voice(random.Random(seed), unseen=unseen).caption([fact])
    assert read(text) == (fact,), text


@given(st.text())
def test_any_text_at_all_can_be_read(text: str) -> None:
    read(text)


@given(st.integers(0, 10**6))
def test_a_salad_of_the_languages_own_words_never_fails(seed: int) -> None:
    rng = random.Random(seed)
    words = [*sorted(_vocabulary()), *KINDS, "a", "the", "left of", ".", ",", "\n", "-"]
    for fact in read(" ".join(rng.choices(words, k=40))):
        assert isinstance(fact, Fact)


def test_a_garbled_caption_gives_what_can_be_read_of_it() -> None:
    text = "There is a red dog and a cat cat left. Left of the is dog. the dog is left of the cat"
    found = {Exists(Phrase("dog", colour="red")), Exists(CAT), Relation(DOG, "left of", CAT)}
    assert set(read(text)) == found


def test_a_clause_with_a_foreign_word_is_skipped_and_its_neighbours_are_not() -> None:
    assert read("a dog without ears, and a cat at night") == (Exists(CAT), At("night"))
    assert read("not a dog. a cat! a bus") == (Exists(CAT), Exists(Phrase("bus")))
    assert read("the dog is hardly left of the cat") == ()


def test_a_relation_does_not_reach_across_a_clause_or_a_sentence() -> None:
    assert read("a dog, left of a cat.") == (Exists(DOG), Exists(CAT))
    assert read("There is a dog. Left of a cat is a bus.") == (
        Exists(DOG),
        Relation(Phrase("bus"), "left of", CAT),
    )


def test_a_question_claims_nothing() -> None:
    assert read("is there a dog? a (small) cat") == ()


def test_a_number_of_things_or_none_stands_in_no_relation() -> None:
    assert read("two dogs left of a cat") == (Count(DOG, 2), Exists(CAT))
    assert read("no dog left of a cat") == (Absent(DOG), Exists(CAT))


def test_a_place_is_no_relation_and_a_relation_no_place() -> None:
    assert read("a dog in the snow") == (Exists(DOG), Setting("snow"))
    assert read("a dog in a boat in a city") == (
        Relation(DOG, "in", Phrase("boat")),
        Setting("city"),
    )


def test_a_thing_without_an_article_is_not_claimed() -> None:
    assert read("red dog") == ()


def test_what_is_said_twice_is_claimed_once() -> None:
    assert read("a dog and a dog. There is a dog.") == (Exists(DOG),)


def test_capitals_and_spaces_do_not_matter() -> None:
    assert read("  A\nMedium - sized   DOG ") == (Exists(Phrase("dog", size="medium")),)


def test_every_wording_of_a_relation_has_its_two_ends() -> None:
    assert set(INVERSE) <= set(RELATIONS)
    for shape in _shapes():
        assert shape.a != shape.b
        assert shape.signs[shape.relation] == "<relation>"


def test_the_words_of_other_languages_are_not_in_the_vocabulary() -> None:
    assert {"dog", "dogs", "people", "medium-sized", "somewhere", "ten"} <= _vocabulary()
    assert not {"not", "w", "the_a", "replace", *string.punctuation} & _vocabulary()
