"""A query becomes yes/no questions: things, counts, relations, settings, or the whole."""

import random
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladva.errors import QueryError
from vladva.indexes.query.constraints import constraints
from vladva.indexes.query.parse import parse
from vladva.toyland.facts import At, Count, Exists, Phrase, Relation, Setting
from vladva.toyland.invent import invent
from vladva.toyland.questions import ask
from vladva.toyland.voice import Voice
from vladva.toyland.words import caption_facts

_GRAMMAR = [
    "a",
    "the",
    "two",
    "dog",
    "cats",
    "red",
    "left",
    "of",
    "right",
    "on",
    "in",
    "with",
    "it",
    "is",
    "there",
    "are",
    "you",
    "can",
    "see",
    "holding",
    "between",
    "and",
    ",",
    ".",
    "also",
    "too",
    "as",
    "well",
    "without",
    "at",
    "night",
    "beach",
    "outside",
    ":",
    "photo",
    "taken",
    "be",
    "seen",
    "somewhere",
]


def asked(typed: str, kind: str = "require") -> list[str]:
    return [one.question for one in constraints(parse(typed)) if one.kind == kind]


@pytest.mark.parametrize(
    ("typed", "questions"),
    [
        ("a dog", ["is there a dog?"]),
        ("dog", ["is there a dog?"]),
        ("old car", ["is there an old car?"]),
        ("Dogs", ["are there dogs?"]),
        ("the dog", ["is there a dog?"]),
        ("two dogs", ["are there two dogs?"]),
        ("exactly 3 small red balls", ["are there three small red balls?"]),
        ("one dog", ["is there one dog?"]),
        ("a dog and two cats", ["is there a dog?", "are there two cats?"]),
        ("a black and white cat", ["is there a black and white cat?"]),
        ("an old and rusty car", ["is there an old and rusty car?"]),
        ("a cup of coffee", ["is there a cup of coffee?"]),
        ("snow", ["is there snow?"]),
        ("my dog", ["can you see my dog?"]),
        ("the Eiffel Tower", ["can you see the Eiffel Tower?"]),
        ("night", ["was the picture taken at night?"]),
        ("a photo of a dog", ["is there a dog?"]),
        (
            "a dog left of a red car",
            ["is there a dog?", "is there a red car?", "is there a dog left of a red car?"],
        ),
        (
            "left of a red car there is a dog",
            ["is there a dog?", "is there a red car?", "is there a dog left of a red car?"],
        ),
        (
            "a red car with a dog left of it",
            ["is there a dog?", "is there a red car?", "is there a dog left of a red car?"],
        ),
        (
            "two dogs behind a tree",
            ["are there two dogs?", "is there a tree?", "are there two dogs behind a tree?"],
        ),
        (
            "a man riding a horse on the beach",
            [
                "was the picture taken on the beach?",
                "is there a man?",
                "is there a horse?",
                "is there a man riding a horse?",
            ],
        ),
        (
            "a woman in a red dress holding an umbrella",
            [
                "is there a woman?",
                "is there a red dress?",
                "is there an umbrella?",
                "is there a woman in a red dress?",
                "is there a woman holding an umbrella?",
            ],
        ),
        ("a dog running at night", [
            "was the picture taken at night?", "is there a dog?", "is there a dog running?",
        ]),
        ("a dog between a cat and a car", [
            "does the picture show a dog between a cat and a car?",
        ]),
        ("un perro negro", ["does the picture show un perro negro?"]),
        ("東京タワー", ["does the picture show 東京タワー?"]),
        ("what is love", ["does the picture show what is love?"]),
        ("dog, dog, a dog", ["is there a dog?"]),
        ("a dog and also and too", ["is there a dog?"]),
        ('"beach house" folder:x', []),
    ],
)  # fmt: skip
def test_what_is_required_is_asked_for(typed: str, questions: list[str]) -> None:
    assert asked(typed) == questions


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("no people", "is there a person?"),
        ("no cars", "is there a car?"),
        ("no glasses", "are there glasses?"),
        ("no snow", "is there snow?"),
        ("-red", "is there anything red?"),
        ("-night", "was the picture taken at night?"),
        ("without two dogs", "are there two dogs?"),
        ('-"traffic lights"', "is there a traffic light?"),
        ('-"people on the beach"', "does the picture show people on the beach?"),
    ],
)
def test_what_is_forbidden_is_asked_for_as_if_it_were_wanted(typed: str, question: str) -> None:
    (found,) = constraints(parse(typed))
    assert (found.kind, found.question) == ("forbid", question)


def test_each_constraint_says_its_form_and_what_was_typed() -> None:
    found = constraints(parse("two dogs on a table at night, no cats"))
    assert [(one.form, one.text, one.kind) for one in found] == [
        ("setting", "at night", "require"),
        ("count", "two dogs", "require"),
        ("thing", "a table", "require"),
        ("relation", "two dogs on a table", "require"),
        ("thing", "cats", "forbid"),
    ]


def test_a_long_query_asks_a_dozen_questions_at_most() -> None:
    assert len(constraints(parse(", ".join(f"a dog{chr(97 + i)}" for i in range(26))))) == 12


def test_drawn_captions_are_taken_apart_into_their_facts() -> None:
    whole = 0
    for index in range(300):
        for said in caption_facts(invent("test", 3, index), random.Random(index), 2):
            query = parse(said.text)
            facts = Counter(type(fact).__name__ for fact in said.facts)
            forms = Counter(one.form for one in constraints(query) if one.kind == "require")
            assert forms["relation"] == facts["Relation"], said.text
            assert forms["setting"] == facts["Setting"] + facts["At"], said.text
            assert forms["count"] == facts["Count"], said.text
            assert len(query.forbid) == facts["Absent"], said.text
            whole += forms["whole"]
    assert whole == 0


@pytest.mark.parametrize(
    "fact",
    [
        Exists(Phrase(kind="dog", colour="red")),
        Count(Phrase(kind="bus"), 3),
        Relation(Phrase(kind="dog"), "in front of", Phrase(kind="airplane", colour="blue")),
        Setting("beach"),
        At("night"),
    ],
)
def test_the_questions_are_ones_that_the_packaged_model_was_taught(fact: object) -> None:
    taught = {ask(fact, Voice(random.Random(seed))) for seed in range(400)}  # type: ignore[arg-type]
    said = {
        Exists: "a red dog",
        Count: "three buses",
        Relation: "a dog in front of a blue airplane",
        Setting: "on a beach",
        At: "at night",
    }[type(fact)]
    assert asked(said)[-1] in taught


@given(st.lists(st.sampled_from(_GRAMMAR), min_size=1, max_size=12))
def test_the_grammars_own_words_in_any_order_make_questions_or_none(words: list[str]) -> None:
    with suppress(QueryError):
        for one in constraints(parse(" ".join(words))):
            assert one.question.endswith("?")
            assert one.text.strip()
