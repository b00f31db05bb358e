"""What can be claimed of a scene, as plain frozen values, and what each claim's opposite is.

Refuses to know whether a claim holds (`truth`) and how it is said (`words`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vladva.toyland.scene import Size, Thing, Time


@dataclass(frozen=True)
class Phrase:
    """Any thing that has all of what is given: a kind or a group, a colour, a size.

    Without a kind and a group it means any thing at all.
    """

    kind: str | None = None
    group: str | None = None
    colour: str | None = None
    size: Size | None = None


@dataclass(frozen=True)
class Exists:
    """At least one such thing is there."""

    phrase: Phrase


@dataclass(frozen=True)
class Absent:
    """No such thing is there."""

    phrase: Phrase


@dataclass(frozen=True)
class Count:
    """Exactly `n` such things are there."""

    phrase: Phrase
    n: int


@dataclass(frozen=True)
class Relation:
    """Some `a` stands in `relation` (one of `scene.RELATIONS`) to some other thing `b`."""

    a: Phrase
    relation: str
    b: Phrase


@dataclass(frozen=True)
class Setting:
    """The background, one of `scene.BACKGROUNDS`."""

    background: str


@dataclass(frozen=True)
class At:
    """Day or night."""

    time: Time


Fact = Exists | Absent | Count | Relation | Setting | At

INVERSE: dict[str, str] = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "in front of": "behind",
    "behind": "in front of",
    "next to": "next to",
}
"""`a r b` means the same as `b INVERSE[r] a`. "on" and "in" have no such word."""


@dataclass(frozen=True)
class Said:
    """A text and all that it claims: true where every one of its facts holds."""

    text: str
    facts: tuple[Fact, ...]


def describe(thing: Thing, *, colour: bool = True, size: bool = False) -> Phrase:
    """The phrase that names a thing by its kind and, where asked, colour and size."""
    return Phrase(
        kind=thing.kind,
        colour=thing.colour if colour else None,
        size=thing.size if size else None,
    )


def changed(facts: Sequence[Fact], changes: Mapping[Phrase, Phrase]) -> tuple[Fact, ...]:
    """The facts with phrases exchanged."""
    made: list[Fact] = []
    for fact in facts:
        if isinstance(fact, Relation):
            a, b = changes.get(fact.a, fact.a), changes.get(fact.b, fact.b)
            made.append(Relation(a, fact.relation, b))
        elif isinstance(fact, Exists):
            made.append(Exists(changes.get(fact.phrase, fact.phrase)))
        else:
            made.append(fact)
    return tuple(made)


def phrases_of(facts: Iterable[Fact]) -> list[Phrase]:
    """All phrases of some facts, in order."""
    found: list[Phrase] = []
    for fact in facts:
        if isinstance(fact, Relation):
            found += [fact.a, fact.b]
        elif not isinstance(fact, Setting | At):
            found.append(fact.phrase)
    return found
