"""Poorer lessons: things, their colours, the place; no word of where a thing stands.

The base of the ablation is told only this, so that the long captions of the joint step say more
than it has ever heard. What a name means it is shown all the same (`language.Voice`), as models are
that were taught grounding: without it, mini answered relations by chance after 73 thousand pictures
(`checkpoints/mini/README.md`). Ours. Refuses to know tokens and models.
"""

import random

from vladva.toyland import questions
from vladva.toyland.facts import Exists, Fact, Setting, describe
from vladva.toyland.questions import SIDES
from vladva.toyland.scene import KINDS, Scene
from vladva.toyland.truth import holds
from vladva.toyland.voice import Voice
from vladva.toyland.words import clear_things

KINDS_OF_QUESTION = ("things", "attribute", "count")
PLACE = 0.5
"""How often the place is named."""


def facts(scene: Scene, rng: random.Random) -> tuple[Fact, ...]:
    """One or two things with their colours, or the place, or all of them."""
    things = clear_things(scene)
    named = rng.sample(things, min(rng.randint(1, 2), len(things)))
    found: list[Fact] = [Exists(describe(thing)) for thing in named]
    found = [fact for fact in dict.fromkeys(found) if holds(scene, fact) == "yes"]
    if not found or rng.random() < PLACE:
        found.append(Setting(scene.background))
    return tuple(found)


def captions(scene: Scene, rng: random.Random, n: int) -> list[str]:
    """`n` short captions; some may be alike."""
    return [Voice(rng).caption(facts(scene, rng)) for _ in range(n)]


def pairs(scene: Scene, rng: random.Random) -> list[tuple[str, str]]:
    """A text and the same in other words; none where chance gave the same words."""
    told = facts(scene, rng)
    one, other = Voice(rng).caption(told), Voice(rng).caption(told[::-1])
    return [(one, other)] if one != other else []


def one_word(scene: Scene, rng: random.Random) -> list[tuple[str, str]]:
    """All questions that one word answers, but what stands where: answers are kinds or sides."""
    asked = questions.one_word(scene, rng)
    return [(question, answer) for question, answer in asked if answer not in (*KINDS, *SIDES)]
