"""A drawn library, and questions to it whose answers are known: with one, with many, with none.

The library lacks some kinds and some pairs of colour and kind, so that questions about them have
no answer. Refuses to know vectors, scores and what becomes of them.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Literal

from vladva.benchmarks.ceiling import World
from vladva.toyland.facts import Phrase, Said, phrases_of
from vladva.toyland.invent import Wish, invent
from vladva.toyland.negatives import negatives
from vladva.toyland.scene import COLOURS, KINDS, Scene, Split, rng
from vladva.toyland.truth import BACKDROP
from vladva.toyland.words import caption_facts

Sort = Literal["one", "many", "far", "pair", "change"]
"""`one`, `many`: a caption that is true of one scene, of `MANY` scenes. `far`: all things that it
names are of kinds that the library lacks. `pair`: it names a kind in a colour that the library
lacks for that kind. `change`: a caption of a scene of the library, made false in one point."""
SORTS: tuple[Sort, ...] = ("one", "many", "far", "pair", "change")
PRESENT: tuple[Sort, ...] = ("one", "many")
NEAR: tuple[Sort, ...] = ("pair", "change")
MANY = range(20, 46)
LACKING_KINDS = 4
LACKING_PAIRS = 30
_CAPTIONS = 4
_FAR_AWAY = 1_000_000
"""Numbers of scenes from here on are no part of any library: they only lend captions."""
_TRIES = 200
"""Scenes that are asked for captions, for every question that is wanted, before it is given up."""


@dataclass(frozen=True)
class Question:
    """A text; the scenes of which it is true; and those of which it may be, which say nothing."""

    text: str
    sort: Sort
    true: frozenset[int]
    unsure: frozenset[int] = frozenset()


@dataclass(frozen=True)
class DrawnLibrary:
    """The scenes of a library, and what is asked of it."""

    scenes: tuple[Scene, ...]
    questions: tuple[Question, ...]


def draw_library(split: Split, seed: int, scenes: int, each: int) -> DrawnLibrary:
    """A library of so many scenes, and `each` questions of every sort, no text twice.

    The same for the same numbers; fewer questions where the library offers no more.
    """
    source = _Source(split, seed, scenes)
    found: dict[str, Question] = {}
    for sort in SORTS:
        fresh = (one for one in source.ask(sort, each * _TRIES) if one.text not in found)
        for question in fresh:
            found[question.text] = question
            if sum(one.sort == sort for one in found.values()) == each:
                break
    return DrawnLibrary(source.scenes, tuple(found.values()))


class _Source:
    """A library and what it lacks; makes questions of each sort."""

    def __init__(self, split: Split, seed: int, scenes: int) -> None:
        self.split, self.seed = split, seed
        self.chance = rng(split, seed, 0, "drawn library")
        painted = {kind for kinds in BACKDROP.values() for kind in kinds}
        self.kinds = self.chance.sample(
            [kind for kind in KINDS if kind not in painted], LACKING_KINDS
        )
        others = [kind for kind in KINDS if kind not in (*self.kinds, *painted)]
        self.pairs = [
            (self.chance.choice(COLOURS), self.chance.choice(others)) for _ in range(LACKING_PAIRS)
        ]
        invented = (invent(split, seed, index) for index in count())
        self.scenes = tuple(islice((one for one in invented if not self._lacks(one)), scenes))
        self.surely = World(self.scenes, surely=True)
        self.maybe = World(self.scenes)

    def ask(self, sort: Sort, tries: int) -> Iterator[Question]:
        """Questions of a sort, from so many scenes at most."""
        makers: dict[Sort, Callable[[int], Iterator[Said]]] = {
            "one": self._captions,
            "many": self._captions,
            "far": self._far,
            "pair": self._pair,
            "change": self._changed,
        }
        for turn in range(tries):
            for said in makers[sort](turn):
                true, maybe = self.surely.fitting(said), self.maybe.fitting(said)
                question = Question(said.text, sort, true, maybe - true)
                if _is_of(question):
                    yield question

    def _lacks(self, scene: Scene) -> bool:
        return any(
            thing.kind in self.kinds or (thing.colour, thing.kind) in self.pairs
            for thing in scene.things
        )

    def _random(self, turn: int, purpose: str) -> random.Random:
        return rng(self.split, self.seed, _FAR_AWAY + turn, purpose)

    def _captions(self, turn: int) -> Iterator[Said]:
        chance = self._random(turn, "captions")
        yield from caption_facts(chance.choice(self.scenes), chance, _CAPTIONS)

    def _far(self, turn: int) -> Iterator[Said]:
        chance = self._random(turn, "far")
        wishes = [Wish(kind) for kind in chance.sample(self.kinds, chance.choice((1, 2)))]
        for said in self._about(turn, wishes, chance):
            named = phrases_of(said.facts)
            if named and all(phrase.kind in self.kinds for phrase in named):
                yield said

    def _pair(self, turn: int) -> Iterator[Said]:
        chance = self._random(turn, "pair")
        colour, kind = chance.choice(self.pairs)
        for said in self._about(turn, [Wish(kind, colour)], chance):
            named = phrases_of(said.facts)
            meant = any(phrase.kind == kind and phrase.colour == colour for phrase in named)
            if meant and all(self._has(phrase) for phrase in named):
                yield said

    def _has(self, phrase: Phrase) -> bool:
        return phrase.kind not in self.kinds

    def _about(self, turn: int, wishes: list[Wish], chance: random.Random) -> list[Said]:
        scene = invent(self.split, self.seed, _FAR_AWAY + turn, wanted=wishes)
        return caption_facts(scene, chance, _CAPTIONS)

    def _changed(self, turn: int) -> Iterator[Said]:
        chance = self._random(turn, "change")
        made = negatives(chance.choice(self.scenes), chance)
        if made:
            yield chance.choice(made).negative


def _is_of(question: Question) -> bool:
    """Whether as many scenes answer it as its sort says, and not many more may."""
    true, unsure = len(question.true), len(question.unsure)
    if question.sort == "one":
        return true == 1 and unsure == 0
    if question.sort == "many":
        return true in MANY and unsure <= true
    return true == unsure == 0
