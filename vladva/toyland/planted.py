"""The demo library: scenes planned so that each sample query has right answers and near misses.

Refuses to know pictures, files and how a search ranks.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from vladva.errors import ConfigError
from vladva.toyland.facts import INVERSE, At, Exists, Fact, Phrase, Relation, Said, Setting
from vladva.toyland.invent import Wish, held_out_pairs, invent
from vladva.toyland.scene import (
    BACKGROUNDS,
    COLOURS,
    CONTAINERS,
    FLYING,
    KINDS,
    SUPPORTS,
    TIMES,
    Scene,
    Size,
)
from vladva.toyland.scene import rng as named_rng
from vladva.toyland.truth import fits
from vladva.toyland.voice import Voice

TRUE, MISSES = 6, 6
"""How many scenes of each sort are planted for a query."""
RELATED = 0.4
"""Share of the queries that speak of a relation."""


@dataclass(frozen=True)
class Query:
    """What a visitor may ask, and what a scene must hold to be a right answer."""

    text: str
    facts: tuple[Fact, ...]
    has_relation: bool


@dataclass(frozen=True)
class Demo:
    """The scenes of the library, in the order in which they are written, and its queries."""

    scenes: tuple[Scene, ...]
    queries: tuple[Query, ...]


def plan(seed: int, total: int, queries: int = 100) -> Demo:
    """A library of `total` scenes of the split "demo", in random order.

    For each query `TRUE` scenes where it holds and `MISSES` where it surely does not by one
    change; the rest is invented freely. Raises ConfigError when `total` is too small for that.
    """
    needed = queries * (TRUE + MISSES)
    if total < needed:
        raise ConfigError(
            f"{total} scenes cannot hold {queries} queries with their answers.",
            f"Ask for at least {needed}: --count {needed}.",
        )
    rng = named_rng("demo", seed, 0, "plan")
    numbers = count()
    asked: dict[frozenset[Fact], Query] = {}
    scenes: list[Scene] = []
    while len(asked) < queries:
        wanted = _wanted(rng, related=len(asked) < RELATED * queries)
        query = _query(wanted, rng)
        planted = _planted(seed, wanted, query, rng, numbers)
        if frozenset(query.facts) not in asked and planted:
            asked[frozenset(query.facts)] = query
            scenes += planted
    scenes += [invent("demo", seed, next(numbers)) for _ in range(total - len(scenes))]
    rng.shuffle(scenes)
    found = list(asked.values())
    rng.shuffle(found)
    return Demo(tuple(scenes), tuple(found))


def true_scenes(query: Query, scenes: Sequence[Scene]) -> list[int]:
    """Which scenes are right answers, by index: all that the query claims surely holds."""
    return [i for i, scene in enumerate(scenes) if fits(scene, _said(query)) == "yes"]


def precision_at(hits: Sequence[int], query: Query, scenes: Sequence[Scene], k: int) -> float:
    """The share of right answers among the first `k` hits (indices of scenes), 0..1."""
    return len(true_scenes(query, [scenes[i] for i in hits[:k]])) / k


def _said(query: Query) -> Said:
    return Said(query.text, query.facts)


@dataclass(frozen=True)
class _Wanted:
    """A query before it has words: one or two things, and where and when they are."""

    things: tuple[Wish, ...]
    background: str | None = None
    time: str | None = None

    def facts(self) -> tuple[Fact, ...]:
        """All that must hold."""
        phrases = [Phrase(wish.kind, None, wish.colour, wish.size) for wish in self.things]
        relation = self.things[-1].relation
        facts: list[Fact]
        if relation:
            facts = [Relation(phrases[1], relation, phrases[0])]
        else:
            facts = [Exists(phrase) for phrase in phrases]
        facts += [Setting(self.background)] if self.background else []
        facts += [At(time) for time in TIMES if time == self.time]
        return tuple(facts)


def _wanted(rng: random.Random, *, related: bool) -> _Wanted:
    relation = rng.choice(tuple(_CARRIERS)) if related else None
    first, second = _two_kinds(relation, rng)
    colours = rng.sample(COLOURS, 2)
    size: Size | None = rng.choice(("small", "large")) if rng.random() < 0.15 else None
    one = Wish(first, colours[0], None if related else size)
    other = Wish(second, colours[1], None, relation, 0 if related else None)
    if related:
        return _Wanted((one, other))
    dice = rng.random()
    background = rng.choice(BACKGROUNDS) if dice < 0.55 else None
    time = rng.choice(TIMES) if dice > 0.4 else None
    things = (one,) if rng.random() < 0.4 else (one, other)
    return _Wanted(things, background, time if len(things) == 1 or rng.random() < 0.5 else None)


_FREE = tuple(kind for kind in KINDS if kind not in FLYING)
_CARRIERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left of": (_FREE, _FREE),
    "right of": (_FREE, _FREE),
    "next to": (_FREE, _FREE),
    "in front of": (_FREE, _FREE),
    "behind": (_FREE, _FREE),
    "above": (FLYING, _FREE),
    "below": (_FREE, FLYING),
    "on": (_FREE, SUPPORTS),
    "in": (tuple(kind for kind in _FREE if kind not in CONTAINERS), CONTAINERS),
}
"""Which kinds (a, b) the demo puts into each relation `a r b`."""


def _two_kinds(relation: str | None, rng: random.Random) -> tuple[str, str]:
    """The kinds of b and a."""
    a_kinds, b_kinds = _CARRIERS[relation] if relation else (KINDS, KINDS)
    b = rng.choice(b_kinds)
    return b, rng.choice([kind for kind in a_kinds if kind != b])


def _query(wanted: _Wanted, rng: random.Random) -> Query:
    facts = wanted.facts()
    return Query(Voice(rng).caption(facts), facts, any(isinstance(f, Relation) for f in facts))


def _planted(
    seed: int, wanted: _Wanted, query: Query, rng: random.Random, numbers: Iterator[int]
) -> list[Scene]:
    """The right answers and the near misses of a query, or nothing where they will not come."""
    misses = [miss for _ in range(MISSES) for miss in _misses(wanted, rng)][:MISSES]
    if _rare(wanted) or len(misses) < MISSES:
        return []
    found: list[Scene] = []
    for variant, verdict in [(wanted, "yes")] * TRUE + [(miss, "no") for miss in misses]:
        scene = _scene(seed, variant, query, verdict, numbers)
        if not scene:
            return []
        found.append(scene)
    return found


def _scene(
    seed: int, wanted: _Wanted, query: Query, verdict: str, numbers: Iterator[int]
) -> Scene | None:
    """A scene that holds what is wanted and of which the query is true or false."""
    for _ in range(40):
        scene = invent("demo", seed, next(numbers), wanted=wanted.things)
        time = next((time for time in TIMES if time == wanted.time), scene.time)
        scene = replace(scene, background=wanted.background or scene.background, time=time)
        if fits(scene, Said("", wanted.facts())) == "yes" and fits(scene, _said(query)) == verdict:
            return scene
    return None


def _rare(wanted: _Wanted) -> bool:
    return any((wish.colour, wish.kind) in held_out_pairs() for wish in wanted.things)


def _misses(wanted: _Wanted, rng: random.Random) -> list[_Wanted]:
    """What is wanted with one thing wrong: colours, relation, a kind, a colour, place or time."""
    one, *rest = wanted.things
    misses = [
        replace(wanted, things=(replace(one, colour=_another(COLOURS, one.colour, rng)), *rest)),
        replace(wanted, things=(replace(one, kind=_other_kind(wanted, rng)), *rest)),
    ]
    if rest:
        other = rest[0]
        swapped = (replace(one, colour=other.colour), replace(other, colour=one.colour))
        misses.append(replace(wanted, things=swapped))
        inverse = INVERSE.get(other.relation or "next to", "next to")
        if inverse != "next to":
            misses.append(replace(wanted, things=(one, replace(other, relation=inverse))))
    if wanted.background:
        misses.append(replace(wanted, background=_another(BACKGROUNDS, wanted.background, rng)))
    if wanted.time:
        misses.append(replace(wanted, time=_another(TIMES, wanted.time, rng)))
    return [miss for miss in misses if miss != wanted and not _rare(miss)]


def _another(choices: Sequence[str], than: str | None, rng: random.Random) -> str:
    return rng.choice([choice for choice in choices if choice != than])


def _other_kind(wanted: _Wanted, rng: random.Random) -> str:
    """Another kind for the first thing that can stand in its relation."""
    relation = wanted.things[-1].relation
    kinds = _CARRIERS[relation][1] if relation else KINDS
    used = {wish.kind for wish in wanted.things}
    return rng.choice([kind for kind in kinds if kind not in used] or [wanted.things[0].kind])
