import random
import re
from collections import Counter, defaultdict

import pytest

from vladva.toyland.facts import At, Exists, Phrase, Relation, Setting
from vladva.toyland.invent import held_out_pairs, invent
from vladva.toyland.questions import (
    KINDS_OF_QUESTION,
    SIDES,
    Question,
    ask,
    one_word,
    questions,
    twins,
)
from vladva.toyland.scene import BACKGROUNDS, COLOURS, KINDS, TIMES, Scene
from vladva.toyland.truth import holds
from vladva.toyland.voice import Voice, wordings

SCENES = [invent("test", 31, index) for index in range(1200)]


@pytest.fixture(scope="module")
def asked() -> dict[str, list[tuple[Scene, Question]]]:
    found: dict[str, list[tuple[Scene, Question]]] = defaultdict(list)
    for index, scene in enumerate(SCENES):
        for kind in KINDS_OF_QUESTION:
            made = questions(scene, random.Random(index), 1, (kind,))
            found[kind] += [(scene, one) for one in made]
    return found


def test_an_answer_says_what_the_judge_says(
    asked: dict[str, list[tuple[Scene, Question]]],
) -> None:
    for items in asked.values():
        for scene, one in items:
            assert holds(scene, one.fact) == ("yes" if one.answer else "no")
            assert one.text.endswith("?")
            assert one.text == one.text.lower()
            assert "{" not in one.text


@pytest.mark.parametrize("kind", KINDS_OF_QUESTION)
def test_yes_and_no_are_balanced_and_the_text_does_not_tell(
    asked: dict[str, list[tuple[Scene, Question]]], kind: str
) -> None:
    items = [one for _, one in asked[kind]]
    assert len(items) >= 400
    assert 0.44 < sum(one.answer for one in items) / len(items) < 0.56
    right = 0
    for start in (0, 1):
        yes = {True: Counter[str](), False: Counter[str]()}
        for one in items[start::2]:
            yes[one.answer].update(one.text.split())
        for one in items[1 - start :: 2]:
            score = sum(
                (yes[True][word] - yes[False][word]) / (yes[True][word] + yes[False][word] + 5)
                for word in one.text.split()
            )
            right += (score > 0) == one.answer
    assert 100 * right / len(items) <= 55


def test_things_and_attributes_are_asked_for_plainly(
    asked: dict[str, list[tuple[Scene, Question]]],
) -> None:
    for kind in ("things", "attribute"):
        assert all(isinstance(one.fact, Exists) for _, one in asked[kind])
    assert all(isinstance(one.fact, Relation) for _, one in asked["relation"])


def test_no_fact_is_asked_for_twice() -> None:
    for index, scene in enumerate(SCENES[:100]):
        facts = [one.fact for one in questions(scene, random.Random(index), 8)]
        assert len(facts) == len(set(facts))


def test_training_questions_never_name_a_held_out_pair() -> None:
    for index in range(200):
        scene = invent("train", 1, index)
        for one in questions(scene, random.Random(index), 6, rare=True):
            if isinstance(one.fact, Exists):
                assert (one.fact.phrase.colour, one.fact.phrase.kind) not in held_out_pairs()


def test_one_word_answers_are_one_word_and_right() -> None:
    seen = set[str]()
    for index, scene in enumerate(SCENES[:300]):
        for question, answer in one_word(scene, random.Random(index)):
            assert "{" not in question
            assert " " not in answer
            seen.add(answer)
            if "colour" in question:
                kind = next(k for k in KINDS if _word(k, question))
                assert holds(scene, Exists(Phrase(kind=kind, colour=answer))) == "yes"
    assert {*COLOURS, *BACKGROUNDS, *TIMES, "one", "two", "three", "small", "large"} <= seen
    assert len(seen & set(KINDS)) > 20


def _word(kind: str, question: str) -> bool:
    names = wordings()["kind"].get(kind, {"seen": [kind]})["seen"]
    return any(f" {name} " in question.replace("?", " ") for name in names)


def test_what_stands_in_a_relation_is_asked_only_where_nothing_else_does() -> None:
    for index, scene in enumerate(SCENES[:300]):
        for question, answer in one_word(scene, random.Random(index)):
            others = [k for k in KINDS if k != answer]
            if question.startswith(("what is left of", "what is right of")):
                relation = question.split()[2] + " of"
                b = question.split(" the ")[1].rstrip("?").split()
                kind = {"plane": "airplane", "bike": "bicycle"}.get(b[1], b[1])
                target = Phrase(kind=kind, colour=b[0])
                assert holds(scene, Relation(Phrase(kind=answer), relation, target)) == "yes"
                assert not [
                    k
                    for k in others
                    if holds(scene, Relation(Phrase(kind=k), relation, target)) == "yes"
                ]


@pytest.mark.parametrize("unseen", [False, True])
def test_on_which_side_a_thing_is_agrees_with_where_it_lies(unseen: bool) -> None:
    answers: Counter[str] = Counter()
    for index, scene in enumerate(SCENES[:300]):
        for question, answer in one_word(scene, random.Random(index), unseen=unseen):
            if answer not in SIDES:
                continue
            answers[answer] += 1
            named = re.findall(rf"({'|'.join(COLOURS)}) ([a-z]+)", question)
            kinds = [{"plane": "airplane", "bike": "bicycle"}.get(kind, kind) for _, kind in named]
            pairs = [(colour, kind) for (colour, _), kind in zip(named, kinds, strict=True)]
            a, b = (next(t for t in scene.things if (t.colour, t.kind) == pair) for pair in pairs)
            (ax, ay), (bx, by) = (
                (t.box[0] + t.box[2] / 2, t.box[1] + t.box[3] / 2) for t in (a, b)
            )
            true = {
                "left": ax < bx, "right": ax > bx, "above": ay < by, "below": ay > by,
                "front": a.depth > b.depth, "behind": a.depth < b.depth,
            }  # fmt: skip
            assert true[answer], question
            opposite = SIDES[SIDES.index(answer) ^ 1]
            assert {answer, opposite} <= set(re.findall(r"\w+", question))
    assert set(answers) == set(SIDES)


def test_places_and_times_can_be_asked_for_too() -> None:
    voice = Voice(random.Random(0))
    assert ask(Setting("beach"), voice).endswith("?")
    assert ask(At("night"), voice).endswith("?")


def test_twins_ask_for_one_fact_as_it_holds_and_as_it_does_not() -> None:
    asked: Counter[str] = Counter()
    for index in range(40):
        scene = invent("train", 0, index)
        found = twins(scene, random.Random(index), 3)
        assert len({question.fact for question in found}) == len(found)
        for yes, no in zip(found[::2], found[1::2], strict=True):
            assert (yes.answer, no.answer) == (True, False)
            assert yes.kind == no.kind
            assert (holds(scene, yes.fact), holds(scene, no.fact)) == ("yes", "no")
            asked[yes.kind] += 1
    assert min(asked[kind] for kind in KINDS_OF_QUESTION) > 10
