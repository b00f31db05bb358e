"""What a text says of a scene: how many of its claims hold, how much of the scene it tells.

Refuses to know who wrote the text. A text is read by `toyland.read`: what cannot be read claims
nothing, so it costs recall and not precision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vladva.toyland.facts import Absent, At, Count, Fact, Phrase, Relation, Setting, phrases_of
from vladva.toyland.read import read
from vladva.toyland.scene import Scene
from vladva.toyland.truth import holds
from vladva.toyland.words import clear_relations, clear_things


@dataclass(frozen=True)
class Judged:
    """One text about one scene. `open` claims are those that the picture does not settle."""

    true: int
    false: int
    open: int
    told: int
    facts: int
    """What there is to tell, of which `told` are told."""


def judge(scene: Scene, text: str) -> Judged:
    """Every claim of a text through the one judge of the drawn world."""
    claims = read(text)
    verdicts = [holds(scene, claim) for claim in claims]
    told = tells(scene, claims)
    true, false, undecided = (verdicts.count(name) for name in ("yes", "no", "borderline"))
    return Judged(true, false, undecided, sum(told), len(told))


def tells(scene: Scene, claims: Collection[Fact]) -> list[bool]:
    """For each fact that a long caption should tell, whether these claims do (ours).

    The facts: each kind in its colour that shows clearly; how many there are of a kind, where there
    are several; ground; time; and some relation, where one clearly holds.
    """
    named = {(p.kind, p.colour) for p in phrases_of(c for c in claims if not isinstance(c, Absent))}
    things = clear_things(scene)
    told = [pair in named for pair in dict.fromkeys((t.kind, t.colour) for t in things)]
    for kind in dict.fromkeys(thing.kind for thing in things):
        n = sum(thing.kind == kind for thing in things)
        if n > 1 and holds(scene, Count(Phrase(kind=kind), n)) == "yes":
            told.append(_counted(kind, n, claims))
    told += [Setting(scene.background) in claims, At(scene.time) in claims]
    if clear_relations(scene):
        told.append(any(isinstance(c, Relation) and holds(scene, c) == "yes" for c in claims))
    return told


def _counted(kind: str, n: int, claims: Collection[Fact]) -> bool:
    """Whether the number of a kind is said, with what all of them share or without."""
    return any(isinstance(c, Count) and c.phrase.kind == kind and c.n == n for c in claims)


def precision(judged: Sequence[Judged]) -> float:
    """Percent of all claims that surely hold; what the picture does not settle counts against."""
    return _percent(sum(one.true for one in judged), _claims(judged))


def falsehood(judged: Sequence[Judged]) -> float:
    """Percent of all claims that surely do not hold."""
    return _percent(sum(one.false for one in judged), _claims(judged))


def recall(judged: Sequence[Judged]) -> float:
    """Percent of all facts that are told."""
    return _percent(sum(one.told for one in judged), sum(one.facts for one in judged))


def _claims(judged: Sequence[Judged]) -> int:
    return sum(one.true + one.false + one.open for one in judged)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
