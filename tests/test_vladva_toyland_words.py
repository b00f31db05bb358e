import random
import re
import time

import pytest

from vladva.toyland.facts import Absent, At, Count, Exists, Fact, Phrase, Relation, Setting
from vladva.toyland.invent import held_out_pairs, invent
from vladva.toyland.scene import BACKGROUNDS, COLOURS, KINDS, RELATIONS, TIMES
from vladva.toyland.truth import fits, look
from vladva.toyland.voice import Voice, tokens, wordings
from vladva.toyland.words import (
    LONG_TOKENS,
    caption_facts,
    long_captions,
    long_facts,
    paraphrases,
    phrase_words,
    say,
    short_captions,
    vocabulary_texts,
)

SCENES = [invent("test", 5, index) for index in range(250)]


def rng(seed: int = 0) -> random.Random:
    return random.Random(seed)


def every(part: str) -> list[str]:
    """All wordings under "seen" or "unseen", with what makes up each between its slots."""
    found: list[str] = []

    def walk(data: object) -> None:
        for name, value in data.items() if isinstance(data, dict) else ():
            found.extend(value if name == part else ())
            walk(value)

    walk(wordings())
    return found


def literals(wording: str) -> list[str]:
    return [piece.strip(" ,.?:") for piece in re.split(r"\{\w+\}", wording)]


def test_every_claim_of_every_caption_holds() -> None:
    for index, scene in enumerate(SCENES):
        for said in caption_facts(scene, rng(index), 4) + long_facts(scene, rng(index), 2):
            assert said.facts
            assert fits(scene, said) == "yes", said


def test_short_captions_are_short_lower_case_and_different() -> None:
    for index, scene in enumerate(SCENES):
        texts = short_captions(scene, rng(index), 5)
        assert len(texts) == len(set(texts)) == 5
        for text in texts:
            assert tokens(text) < 30
            assert text == text.lower()
            assert not text.endswith(".")
            assert "{" not in text


def test_long_captions_name_every_thing_that_shows_in_sentences() -> None:
    for index, scene in enumerate(SCENES):
        text = long_captions(scene, rng(index), 1)[0]
        assert LONG_TOKENS[0] <= tokens(text) <= LONG_TOKENS[1]
        assert text.endswith(".")
        assert all(sentence[0].isupper() for sentence in text.split(". "))
        assert "{" not in text
        for thing, clear in zip(scene.things, look(scene).clear, strict=True):
            if clear:
                assert thing.colour in text


def test_the_same_generator_says_the_same() -> None:
    for make in (short_captions, long_captions):
        assert make(SCENES[0], rng(4), 3) == make(SCENES[0], rng(4), 3)


def test_articles_and_plurals_are_right() -> None:
    orange = Phrase(kind="airplane", colour="orange")
    assert phrase_words(orange, rng()) in ("an orange airplane", "an orange plane")
    assert phrase_words(Phrase(group="animal"), rng()) == "an animal"
    assert phrase_words(Phrase(), rng()) == "a thing"
    voice = Voice(rng())
    assert voice.many(Phrase(kind="person"), 3) == "three people"
    assert voice.many(Phrase(kind="bus", colour="red"), 2) == "two red buses"
    assert voice.many(Phrase(kind="bus"), 1) == "one bus"
    for seed in range(40):
        text = say(Count(Phrase(kind="cactus"), 2), rng(seed))
        assert "two cacti" in text
        assert "is two" not in text
        assert "there is two" not in text


FACTS: list[Fact] = [
    Exists(Phrase(kind="dog", colour="red", size="large")),
    Absent(Phrase(kind="dog")),
    Count(Phrase(kind="dog"), 4),
    *(Relation(Phrase(kind="dog"), name, Phrase(kind="boat")) for name in RELATIONS),
    *map(Setting, BACKGROUNDS),
    *map(At, TIMES),
]


@pytest.mark.parametrize("fact", FACTS, ids=str)
@pytest.mark.parametrize("unseen", [False, True])
def test_every_kind_of_fact_can_be_said(fact: Fact, unseen: bool) -> None:
    texts = {say(fact, rng(seed), unseen=unseen) for seed in range(30)}
    assert all(text and "{" not in text for text in texts)


def test_held_out_wordings_never_occur_in_what_is_trained_on() -> None:
    trained = "\n".join(
        text.lower()
        for index, scene in enumerate(SCENES)
        for text in (*short_captions(scene, rng(index), 6), *long_captions(scene, rng(index), 3))
    )
    seen = {piece for wording in every("seen") for piece in literals(wording.lower())}
    telling = [
        piece
        for wording in every("unseen")
        for piece in literals(wording.lower())
        if piece and not any(piece in other for other in seen)
    ]
    assert len(telling) > 25
    assert not [piece for piece in telling if f" {piece} " in f" {trained} "]


def test_about_a_fifth_of_the_wordings_is_held_out_and_of_known_words() -> None:
    seen, unseen = every("seen"), every("unseen")
    assert 0.17 < len(unseen) / (len(seen) + len(unseen)) < 0.25
    assert not set(seen) & set(unseen)

    def words(wordings: list[str]) -> set[str]:
        return {
            w
            for text in wordings
            for w in re.findall(r"[a-z-]+", re.sub(r"\{\w+\}", " ", text.lower()))
        }

    assert words(unseen) <= words(seen)


def test_unseen_speaks_in_held_out_wordings() -> None:
    known = {text for s in SCENES[:40] for text in short_captions(s, rng(1), 8)}
    new = [text for s in SCENES[:40] for text in short_captions(s, rng(2), 2, unseen=True)]
    assert not known & set(new)


def test_paraphrases_differ_in_words_and_agree_in_content() -> None:
    for index, scene in enumerate(SCENES[:80]):
        for one, other in paraphrases(scene, rng(index)):
            assert one != other
            colours = [
                [w for w in t.replace(",", "").split() if w in COLOURS] for t in (one, other)
            ]
            assert sorted(colours[0]) == sorted(colours[1])


def test_a_relation_is_also_told_from_its_other_side() -> None:
    fact = Relation(Phrase(kind="dog"), "left of", Phrase(kind="car"))
    pairs = [pair for seed in range(20) for pair in paraphrases(fact, rng(seed))]
    assert any("right" in other and "left" in one for one, other in pairs)


def test_training_texts_never_name_a_held_out_pair() -> None:
    texts = list(vocabulary_texts(3000))
    assert len(texts) == 3000
    kinds = {kind: wordings()["kind"].get(kind, {"seen": [kind]})["seen"] for kind in KINDS}
    named = {f"{colour} {word}" for colour, kind in held_out_pairs() for word in kinds[kind]}
    found = [t for t in texts for name in named if re.search(rf"\b{name}\b", t)]
    assert not found


def test_the_vocabulary_holds_questions_and_instructions_too() -> None:
    texts = " ".join(vocabulary_texts(400))
    assert all(word in texts for word in ("what colour", "how many", "replace", "remove"))


def test_captions_of_a_scene_cost_about_a_millisecond() -> None:
    start = time.process_time()
    for index, scene in enumerate(SCENES):
        short_captions(scene, rng(index), 2)
        long_captions(scene, rng(index), 1)
    assert (time.process_time() - start) / len(SCENES) < 0.01  # generous: machines differ
