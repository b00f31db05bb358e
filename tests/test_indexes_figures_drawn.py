"""Drawn libraries and their questions: the answers are what the judge of the drawn world says."""

from functools import cache

import numpy as np
import pytest

from vladva.indexes.figures.drawn_library import (
    MANY,
    SORTS,
    DrawnLibrary,
    Question,
    draw_library,
)
from vladva.indexes.figures.known_answers import Encoded, beside, drawn_bank, examples
from vladva.toyland.facts import phrases_of
from vladva.toyland.read import read
from vladva.toyland.truth import holds

SCENES, EACH = 400, 8


@cache
def drawn() -> DrawnLibrary:
    return draw_library("test", 31, SCENES, EACH)


def asked(sort: str) -> list[Question]:
    return [question for question in drawn().questions if question.sort == sort]


@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != "many"])
def test_every_sort_has_as_many_questions_as_were_wanted(sort: str) -> None:
    assert len(asked(sort)) == EACH


def test_every_sort_has_as_many_answers_as_it_says() -> None:
    assert all(len(one.true) == 1 and not one.unsure for one in asked("one"))
    assert all(len(one.true) in MANY for one in asked("many"))
    for sort in ("far", "pair", "change"):
        assert all(not one.true and not one.unsure for one in asked(sort))


def test_the_answers_are_the_scenes_of_which_a_question_is_true() -> None:
    for question in drawn().questions:
        facts = read(question.text)
        said = [{holds(scene, fact) for fact in facts} for scene in drawn().scenes]
        sure = {number for number, verdicts in enumerate(said) if verdicts == {"yes"}}
        assert sure == question.true, question.text


def test_a_far_question_names_only_kinds_that_the_library_lacks() -> None:
    held = {thing.kind for scene in drawn().scenes for thing in scene.things}
    for question in asked("far"):
        named = phrases_of(read(question.text))
        assert named
        assert all(phrase.kind not in held for phrase in named), question.text


def test_a_pair_question_names_only_kinds_that_the_library_has() -> None:
    held = {thing.kind for scene in drawn().scenes for thing in scene.things}
    for question in asked("pair"):
        kinds = {phrase.kind for phrase in phrases_of(read(question.text)) if phrase.kind}
        assert kinds <= held, question.text


def test_no_text_is_asked_twice_and_a_seed_names_one_library() -> None:
    texts = [question.text for question in drawn().questions]
    assert len(set(texts)) == len(texts)
    assert draw_library("test", 31, SCENES, EACH) == drawn()
    assert draw_library("test", 32, SCENES, 1).scenes[0] != drawn().scenes[0]


def test_the_bank_is_the_same_whoever_asks() -> None:
    assert drawn_bank() == drawn_bank()
    assert len(drawn_bank()) == 200


def oracle() -> Encoded:
    """Vectors in which a question's score is 1 for its answers and 0 for all others."""
    library = drawn()
    vectors = np.zeros((SCENES, len(library.questions)), np.float32)
    for number, question in enumerate(library.questions):
        vectors[sorted(question.true), number] = 1
    return Encoded(library, vectors, np.eye(len(library.questions), dtype=np.float32))


def test_a_part_of_a_library_keeps_the_questions_that_still_have_an_answer() -> None:
    bank = np.zeros((1, len(drawn().questions)), np.float32)
    whole, part = (list(examples(oracle(), bank, size)) for size in (None, SCENES // 4))
    assert [one.sort for one in whole] == [question.sort for question in drawn().questions]
    absent = sum(not question.true for question in drawn().questions)
    assert sum(not len(one.true) for one in part) == absent, "what had answers does not lose all"
    for one in [*whole, *part]:
        assert set(np.flatnonzero(one.scores == 1)) == set(one.true.tolist())


def test_labels_put_the_right_text_first_and_strangers_after_it() -> None:
    found = beside(oracle(), labels=4)
    assert len(found) >= 4
    assert (found[:, 0] == 1).all()
    assert (found[:, 1:] == 0).all()
