"""What the drawn world says how often: which relations between which kinds, how many of a kind.

A change of a true claim into a false one is taken only as often as the opposite change, learnt once
from many scenes: so a false claim is as usual as a true one. Refuses to know words.
"""

import random
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache

from vladva.toyland.facts import INVERSE, Count, Exists, Fact, Phrase, Relation, describe
from vladva.toyland.invent import invent
from vladva.toyland.scene import (
    CONTAINERS,
    FLYING,
    GROUPS,
    RELATIONS,
    SUPPORTS,
    Scene,
    Size,
    Thing,
)
from vladva.toyland.truth import holds, look
from vladva.toyland.words import RARE, clear_relations, clear_things

SAMPLE = 1000
"""Scenes from which the habits of the world are learnt."""
OPPOSITE = 15.0
"""How much likelier a relation is exchanged for its opposite than for any other."""
LEAST = 1.0
"""A sort of change that these scenes offer less often is never taken."""

Key = tuple[str, ...]


def apart(a: Thing, b: Thing) -> bool:
    """Whether two things share neither kind nor colour."""
    return a.kind != b.kind and a.colour != b.colour


def role(kind: str) -> str:
    """What the world lets a kind do; kinds of one role are interchangeable."""
    if kind in FLYING:
        return "flying"
    return "container" if kind in CONTAINERS else "support" if kind in SUPPORTS else "plain"


def counts(scene: Scene) -> list[tuple[str, Count]]:
    """What can be counted: kinds, groups, colours, all things; with the name of the manner."""
    things = clear_things(scene)
    phrases = {("kind", Phrase(kind=thing.kind)) for thing in things}
    phrases |= {("colour", Phrase(colour=thing.colour)) for thing in things}
    phrases |= {
        ("group", Phrase(group=name))
        for name, kinds in GROUPS.items()
        if name != "people and objects" and any(thing.kind in kinds for thing in things)
    }
    ordered = sorted(phrases | {("all", Phrase())}, key=repr)
    found = [(how, Count(phrase, len(look(scene).matches(phrase)))) for how, phrase in ordered]
    return [(how, fact) for how, fact in found if holds(scene, fact) == "yes" and 1 <= fact.n <= 4]


@dataclass(frozen=True)
class Change:
    """A true fact and a false one in its place, and how likely a scene offers just this change.

    `forth` names the sort of change, `back` that of the opposite one.
    """

    true: Fact
    false: Fact
    share: float
    forth: Key
    back: Key


def relation_changes(scene: Scene) -> list[Change]:
    """Other relations between the same things, the opposite one in most cases."""
    found: list[Change] = []
    for a, name, b, share in weighted(scene, RELATIONS):
        one, other = describe(a), describe(b)
        roles = (role(a.kind), role(b.kind))
        facts = [Relation(one, new, other) for new in RELATIONS if new != name]
        denied = [fact for fact in facts if holds(scene, fact) == "no"]
        odds = [OPPOSITE if fact.relation == INVERSE.get(name) else 1.0 for fact in denied]
        for fact, odd in zip(denied, odds, strict=True):
            forth, back = (name, fact.relation, *roles), (fact.relation, name, *roles)
            part = share * odd / sum(odds)
            found.append(Change(Relation(one, name, other), fact, part, forth, back))
    return found


def swap_changes(scene: Scene) -> list[Change]:
    """The same relation with the two things exchanged."""
    directed = [name for name in INVERSE if name != "next to"]
    return [
        Change(
            Relation(describe(a), name, describe(b)),
            Relation(describe(b), name, describe(a)),
            share,
            ("swap", name, role(a.kind), role(b.kind)),
            ("swap", name, role(b.kind), role(a.kind)),
        )
        for a, name, b, share in weighted(scene, directed)
    ]


def count_changes(scene: Scene) -> list[Change]:
    """Another number, one to four."""
    found = counts(scene)
    return [
        Change(
            fact,
            Count(fact.phrase, n),
            1 / len(found) / 3,
            (how, str(fact.n), str(n)),
            (how, str(n), str(fact.n)),
        )
        for how, fact in found
        for n in range(1, 5)
        if n != fact.n
    ]


def size_changes(scene: Scene) -> list[Change]:
    """Small for large and large for small, of things that neither carry nor hold others."""
    opposite: dict[Size, Size] = {"small": "large", "large": "small"}
    things = clear_things(scene)
    found: list[Change] = []
    for thing in things:
        if thing.size in opposite and role(thing.kind) in ("plain", "flying"):
            true = describe(thing, size=True)
            false = replace(true, size=opposite[thing.size])
            keys = ("size", thing.size), ("size", opposite[thing.size])
            found.append(Change(Exists(true), Exists(false), 1 / len(things), *keys))
    return found


def weighted(scene: Scene, names: Collection[str]) -> list[tuple[Thing, str, Thing, float]]:
    """The relations of these names between things apart, and each one's share of attention."""
    found = [(a, name, b) for a, name, b in clear_relations(scene) if name in names and apart(a, b)]
    weights = [1.0 if name in ("left of", "right of", "next to") else RARE for _, name, _ in found]
    return [(*one, weight / sum(weights)) for one, weight in zip(found, weights, strict=True)]


@cache
def habits() -> dict[Key, float]:
    """How often each sort of change is offered in `SAMPLE` scenes."""
    seen: dict[Key, float] = defaultdict(float)
    for index in range(SAMPLE):
        scene = invent("test", 0, index)
        for changes in (relation_changes, swap_changes, count_changes, size_changes):
            for change in changes(scene):
                seen[_unhanded(change.forth)] += change.share
    return dict(seen)


def _unhanded(key: Key) -> Key:
    """A key and its mirror image are one: left and right are alike in the drawn world."""
    hands = {"left of": "right of", "right of": "left of"}
    return min(key, tuple(hands.get(part, part) for part in key))


def usual(change: Change, rng: random.Random) -> bool:
    """Whether to take a change: as often as the opposite one is offered, never where few are."""
    forth, back = (habits().get(_unhanded(key), 0.0) for key in (change.forth, change.back))
    return min(forth, back) >= LEAST and rng.random() * forth < back
