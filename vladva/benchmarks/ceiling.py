"""How far retrieval can go: what an oracle reaches that knows every fact of every scene.

A caption may fit several of the scenes, and then nobody can know whose it is. It fits where all
its claims surely hold: no caption claims what is borderline of its own scene, so an oracle rules
such scenes out. Of those that are left it takes the one whose captions say just this the most
often: who has little to show is likelier to be told by it. To know less, in either, would lower the
ceiling, and flatter whoever is held against it. Refuses to know pictures, models and how captions
are made.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import comb

import numpy as np

from vladva.toyland.facts import Count, Exists, Fact, Phrase, Relation, Said
from vladva.toyland.scene import GROUPS, KINDS, Scene
from vladva.toyland.truth import BACKDROP, holds

Places = frozenset[int]
"""Numbers of scenes."""
Likely = Callable[[int, Said], int]
"""(number of a scene, what is said) → the greater, the likelier it is said of that scene."""


class World:
    """Scenes by what is in them, so that a fact is judged only where it may hold.

    `surely`: what is borderline does not count. Without it, it counts as fitting; but a relation
    never fits where one of its things surely is not.
    """

    def __init__(self, scenes: Sequence[Scene], *, surely: bool = False) -> None:
        self.scenes = scenes
        self._wanted = ("yes",) if surely else ("yes", "borderline")
        self._all = frozenset(range(len(scenes)))
        found: defaultdict[str, set[int]] = defaultdict(set)
        for number, scene in enumerate(scenes):
            for thing in scene.things:
                for word in (thing.kind, thing.colour, thing.size):
                    found[word].add(number)
            for kind in BACKDROP.get(scene.background, ()):
                found[f"painted {kind}"].add(number)
        self._with = {word: frozenset(numbers) for word, numbers in found.items()}
        self._holding = cache(self._judged)

    def fitting(self, said: Said) -> Places:
        """The scenes of which every claim of a text holds, or may hold."""
        return self._all.intersection(*map(self._holding, said.facts))

    def _judged(self, fact: Fact) -> Places:
        return frozenset(
            n for n in self._candidates(fact) if holds(self.scenes[n], fact) in self._wanted
        )

    def _candidates(self, fact: Fact) -> Places:
        """A superset of the scenes where a fact may hold."""
        if isinstance(fact, Exists) or (isinstance(fact, Count) and fact.n > 0):
            return self._meaning(fact.phrase)
        if isinstance(fact, Relation):
            return self._holding(Exists(fact.a)) & self._holding(Exists(fact.b))
        return self._all

    def _meaning(self, phrase: Phrase) -> Places:
        """The scenes with such a kind, and such a colour, in it; or painted behind it."""
        if phrase.kind:
            kinds: tuple[str, ...] = (phrase.kind,)
        else:
            kinds = GROUPS[phrase.group] if phrase.group else KINDS
        coloured = self._any([phrase.colour]) if phrase.colour else self._all
        painted = self._any(f"painted {kind}" for kind in kinds)
        return (self._any(kinds) & coloured) | painted

    def _any(self, words: Iterable[str]) -> Places:
        return frozenset().union(*(self._with.get(word, frozenset()) for word in words))


def ceilings(
    scenes: Sequence[Scene],
    captions: Sequence[tuple[int, Said]],
    cuts: Sequence[int],
    likely: Likely,
) -> dict[str, float]:
    """`image_R@k_ceiling` and `text_R@k_ceiling`, in percent. `captions`: (its scene, caption).

    The pictures that a caption fits come by `likely`. Of the texts that fit a picture, those that
    fit the fewest pictures come first (they are likeliest its own). Equals are in random order.
    """
    world = World(scenes, surely=True)
    fits = {said.text: world.fitting(said) for _, said in captions}
    ranked = [
        [(-likely(place, said), place == number) for place in fits[said.text]]
        for number, said in captions
    ]
    own: list[set[str]] = [set() for _ in scenes]
    for number, said in captions:
        own[number].add(said.text)
    listed: list[list[tuple[int, bool]]] = [[] for _ in scenes]
    for text, places in fits.items():
        for number in places:
            listed[number].append((len(places), text in own[number]))
    found: dict[str, float] = {}
    for k in cuts:
        found[f"image_R@{k}_ceiling"] = 100 * float(np.mean([hit(places, k) for places in ranked]))
    for k in cuts:
        found[f"text_R@{k}_ceiling"] = 100 * float(np.mean([hit(texts, k) for texts in listed]))
    return found


def hit(found: Sequence[tuple[int, bool]], k: int) -> float:
    """The chance of an own one among the first k of these: (rank, own or not).

    The smaller the rank the earlier; equals stand in random order, hence a hypergeometric chance.
    """
    if len(found) <= k:
        return float(any(mine for _, mine in found))
    edge = sorted(rank for rank, _ in found)[k - 1]
    if any(mine for rank, mine in found if rank < edge):
        return 1.0
    room = k - sum(rank < edge for rank, _ in found)
    equal = [mine for rank, mine in found if rank == edge]
    return 1 - comb(len(equal) - sum(equal), room) / comb(len(equal), room)
