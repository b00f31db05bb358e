"""Questions about a scene: yes/no of four kinds, and those that one word answers.

A question with the answer "no" is the false half of a `contrast`, so that its text alone says
nothing. Refuses to know how an answer is scored.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vladva.toyland.contrast import contrast
from vladva.toyland.facts import At, Count, Exists, Fact, Phrase, Relation, Said, Setting, describe
from vladva.toyland.habits import counts
from vladva.toyland.scene import Scene
from vladva.toyland.truth import fits, holds, look
from vladva.toyland.voice import Voice, wordings
from vladva.toyland.words import clear_relations, clear_things

KINDS_OF_QUESTION = ("things", "attribute", "relation", "count")
_CONTRASTS = {
    "things": ("replace_obj", "add_obj"),
    "attribute": ("replace_att", "add_att", "swap_att"),
    "relation": ("replace_rel", "swap_obj"),
    "count": ("count",),
}
_AXES = {
    "left of": ("across", "left"),
    "right of": ("across", "right"),
    "above": ("upright", "above"),
    "below": ("upright", "below"),
    "in front of": ("deep", "front"),
    "behind": ("deep", "behind"),
}
"""A relation → the axis that it and its opposite share, and its word as an answer."""
SIDES = tuple(word for _, word in _AXES.values())
"""What answers on which side of another thing one is."""


@dataclass(frozen=True)
class Question:
    """A yes/no question; `fact` is what it asks for, `answer` whether it holds."""

    kind: str
    text: str
    answer: bool
    fact: Fact


def questions(  # noqa: PLR0913
    scene: Scene,
    rng: random.Random,
    n: int,
    kinds: tuple[str, ...] = KINDS_OF_QUESTION,
    *,
    unseen: bool = False,
    rare: bool = False,
) -> list[Question]:
    """Up to `n` questions about different facts, the kinds in turn, yes as likely as no.

    `unseen` and `rare` as in `negatives.negatives`.
    """
    found: list[Question] = []
    for kind, halves in _different(scene, rng, n, kinds, rare=rare):
        answer = rng.random() < 0.5
        fact = halves[0 if answer else 1]
        found.append(Question(kind, ask(fact, Voice(rng, unseen=unseen)), answer, fact))
    return found


def twins(
    scene: Scene, rng: random.Random, n: int, kinds: tuple[str, ...] = KINDS_OF_QUESTION
) -> list[Question]:
    """Up to `n` facts of kinds in random order, each asked for as it holds and as it does not.

    For training: what the two have in common tells nothing, so only what differs is learned from.
    """
    return [
        Question(kind, ask(fact, Voice(rng)), answer, fact)
        for kind, halves in _different(scene, rng, n, rng.sample(kinds, len(kinds)), rare=False)
        for answer, fact in zip((True, False), halves, strict=True)
    ]


def _different(
    scene: Scene, rng: random.Random, n: int, kinds: Sequence[str], *, rare: bool
) -> Iterator[tuple[str, tuple[Fact, Fact]]]:
    """Up to `n` facts of the kinds in turn, with the false one in place of each; none twice."""
    asked: set[Fact] = set()
    found = 0
    for i in range(6 * n):
        kind = kinds[i % len(kinds)]
        halves = _halves(scene, rng, kind, rare=rare)
        if halves and asked.isdisjoint(halves):
            asked.update(halves)
            yield kind, halves
            found += 1
        if found == n:
            break


def _halves(scene: Scene, rng: random.Random, kind: str, *, rare: bool) -> tuple[Fact, Fact] | None:
    """One fact that holds and the surely false one in its place."""
    pair = contrast(scene, rng, rng.choice(_CONTRASTS[kind]), rare=rare)
    if not pair:
        return None
    differ = [(a, b) for a, b in zip(pair.true, pair.false, strict=True) if a != b]
    true, false = rng.choice(differ)
    simple = kind == "relation" or not isinstance(true, Relation)
    return (true, false) if simple and holds(scene, false) == "no" else None


def ask(fact: Fact, voice: Voice) -> str:
    """A fact as a yes/no question, lower case with its mark."""
    if isinstance(fact, Relation):
        return voice.relates("ask relation", fact)
    if isinstance(fact, Exists):
        return voice.things("ask things", [fact])
    if isinstance(fact, Count):
        return voice.things("ask count", [fact])
    if isinstance(fact, Setting | At):
        return voice.pick("ask where").replace("{w}", voice.where([fact]))
    return ask(Count(fact.phrase, 0), voice)


def one_word(scene: Scene, rng: random.Random, *, unseen: bool = False) -> list[tuple[str, str]]:
    """All questions that one word answers, each only where no other answer is possible."""
    voice = Voice(rng, unseen=unseen)
    makers = (_attributes, _numbers, _neighbours, _sides, _surroundings)
    return [pair for maker in makers for pair in maker(scene, voice)]


def _attributes(scene: Scene, voice: Voice) -> list[tuple[str, str]]:
    """Colours and sizes of the things that a phrase tells apart."""
    found: list[tuple[str, str]] = []
    for thing in clear_things(scene):
        plain = describe(thing, colour=False)
        if len(look(scene).matches(plain)) == 1 and not look(scene).painted(plain):
            found.append((_filled(voice, "ask colour", plain), thing.colour))
        phrase = describe(thing)
        if len(look(scene).matches(phrase)) == 1:
            found.append((_filled(voice, "ask size", phrase), thing.size))
    return found


def _filled(voice: Voice, section: str, phrase: Phrase) -> str:
    return voice.pick(section).replace("{x}", voice.noun(phrase))


def _numbers(scene: Scene, voice: Voice) -> list[tuple[str, str]]:
    return [
        (
            voice.pick("ask how many").replace("{x}", voice.noun(fact.phrase, plural=True)),
            wordings()["number"][str(fact.n)],
        )
        for _, fact in counts(scene)
    ]


def _neighbours(scene: Scene, voice: Voice) -> list[tuple[str, str]]:
    """What stands in a relation to a thing, where nothing else may be meant."""
    found: list[tuple[str, str]] = []
    for a, name, b in clear_relations(scene):
        to = describe(b)
        seen = look(scene)
        only = Relation(describe(a, colour=False), name, to)
        at = scene.things.index(b)
        others = [
            i
            for i, thing in enumerate(scene.things)
            if thing is not a and i != at and seen.relation(i, name, at) != "no"
        ]
        if not others and len(seen.matches(to)) == 1 and fits(scene, Said("", (only,))) == "yes":
            found.append((voice.relates("ask what", replace(only, a=Phrase())), a.kind))
    return found


def _sides(scene: Scene, voice: Voice) -> list[tuple[str, str]]:
    """On which of two opposite sides of a thing another is, where both are named beyond doubt."""
    found: list[tuple[str, str]] = []
    for a, name, b in clear_relations(scene):
        one, other = describe(a), describe(b)
        alone = all(len(look(scene).matches(phrase)) == 1 for phrase in (one, other))
        if alone and name in _AXES:
            axis, answer = _AXES[name]
            asked = voice.relates("ask side", Relation(one, name, other))
            found.append((asked.replace("{sides}", voice.pick("sides", axis)), answer))
    return found


def _surroundings(scene: Scene, voice: Voice) -> list[tuple[str, str]]:
    return [(voice.pick("ask place"), scene.background), (voice.pick("ask time"), scene.time)]
