"""Yes/no questions in the words of a search: bare kinds, one or several, places, times, relations.

`questions` asks for coloured things, of which each has a false twin; who only learned from these
doubts "is there a dog?". Yes as often as no. Refuses to know how an answer is scored.
"""

import random
from collections.abc import Callable
from typing import Literal

from vladva.toyland.facts import At, Exists, Fact, Phrase, Relation, Setting
from vladva.toyland.questions import Question, ask
from vladva.toyland.scene import BACKGROUNDS, GROUPS, KINDS, RELATIONS, TIMES, Scene
from vladva.toyland.truth import holds
from vladva.toyland.voice import Voice
from vladva.toyland.words import clear_relations

Truth = Literal["yes", "no"]
KIND = "searched"
_SEVERAL = 1 / 3
"""How often a kind is asked for in the plural, which one thing answers too: "are there dogs?"."""


def searched(scene: Scene, rng: random.Random, n: int) -> list[Question]:
    """Up to `n` questions about different facts that surely hold or surely do not."""
    found: dict[Fact, Question] = {}
    for _ in range(8 * n):
        wanted: Truth = ("yes", "no")[len(found) % 2]  # until there is one: so each is half of them
        (maker,) = rng.choices(tuple(_MAKERS), tuple(_MAKERS.values()))
        fact = maker(scene, rng, wanted)
        if fact and fact not in found and holds(scene, fact) == wanted:
            found[fact] = Question(KIND, _said(fact, rng), wanted == "yes", fact)
        if len(found) == n:
            break
    return list(found.values())


def _said(fact: Fact, rng: random.Random) -> str:
    voice = Voice(rng)
    if isinstance(fact, Exists) and rng.random() < _SEVERAL:
        several = voice.noun(fact.phrase, plural=True)
        return voice.pick("ask things").replace("{is}", "are").replace("{x}", several)
    return ask(fact, voice)


def _thing(scene: Scene, rng: random.Random, wanted: Truth) -> Fact | None:
    shown = [thing.kind for thing in scene.things]
    kinds = shown if wanted == "yes" else [kind for kind in KINDS if kind not in shown]
    return Exists(Phrase(kind=rng.choice(kinds))) if kinds else None


def _group(_scene: Scene, rng: random.Random, _wanted: Truth) -> Fact:
    return Exists(Phrase(group=rng.choice(tuple(GROUPS))))


def _setting(scene: Scene, rng: random.Random, wanted: Truth) -> Fact:
    if rng.random() < 0.5:
        return At(scene.time if wanted == "yes" else rng.choice(TIMES))
    return Setting(scene.background if wanted == "yes" else rng.choice(BACKGROUNDS))


def _relation(scene: Scene, rng: random.Random, wanted: Truth) -> Fact | None:
    found = clear_relations(scene)
    if not found:
        return None
    a, name, b = rng.choice(found)
    if wanted == "no":
        if rng.random() < 0.5:
            a, b = b, a
        else:
            name = rng.choice(RELATIONS)
    return Relation(Phrase(kind=a.kind), name, Phrase(kind=b.kind))


_MAKERS: dict[Callable[[Scene, random.Random, Truth], Fact | None], int] = {
    _thing: 5,
    _group: 1,
    _setting: 2,
    _relation: 3,
}
"""How often each is tried."""
