"""The one judge of the drawn world: does a fact hold in a scene? The margins are ours.

Captions, negatives, questions, edits and sample answers go through `holds`: a claim is used only
where it is "yes", a negative only where it is "no"; "borderline" is never used. Refuses to know
boxes (`geometry`), pixels and words.
"""

from functools import cached_property, lru_cache

from vladva.toyland.facts import (
    At,
    Count,
    Exists,
    Fact,
    Phrase,
    Relation,
    Said,
    Setting,
)
from vladva.toyland.geometry import Sides, relate, visible
from vladva.toyland.scene import GROUPS, RELATIONS, Scene, Thing, Truth

__all__ = ["BACKDROP", "CLEAR", "Look", "fits", "holds", "look", "relations", "visible"]

CLEAR = 0.5
"""A thing that shows less than this share of its box asserts nothing."""
BACKDROP: dict[str, tuple[str, ...]] = {"forest": ("tree",), "city": ("house",)}
"""What a background may show by itself: such things are never counted and never denied."""


class Look:
    """One look at a scene: what shows clearly, and each relation once it was asked for."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.backdrop = BACKDROP.get(scene.background, ())
        self._known: dict[tuple[int, str, int], Truth] = {}

    @cached_property
    def clear(self) -> tuple[bool, ...]:
        """Which things show well enough to be spoken of."""
        return tuple(visible(self.scene, thing) >= CLEAR for thing in self.scene.things)

    @cached_property
    def _sides(self) -> tuple[Sides, ...]:
        return tuple(Sides(thing) for thing in self.scene.things)

    def relation(self, i: int, name: str, j: int) -> Truth:
        """Whether the i-th thing stands in this relation to the j-th."""
        key = (i, name, j)
        if key not in self._known:
            clear = self.clear[i] and self.clear[j]
            self._known[key] = (
                relate(self._sides[i], name, self._sides[j]) if clear else "borderline"
            )
        return self._known[key]

    def matches(self, phrase: Phrase) -> list[tuple[int, Truth]]:
        """The things that a phrase may mean, by place in the scene: "yes" or "borderline"."""
        found: list[tuple[int, Truth]] = []
        for i, thing in enumerate(self.scene.things):
            verdict = _is(thing, phrase)
            if verdict != "no":
                found.append((i, verdict if self.clear[i] else "borderline"))
        return found

    def painted(self, phrase: Phrase) -> bool:
        """Whether the background itself may show such a thing."""
        return any(
            phrase.kind == kind or (phrase.group is not None and kind in GROUPS[phrase.group])
            for kind in self.backdrop
        )


@lru_cache(maxsize=4096)
def look(scene: Scene) -> Look:
    """The look at a scene, remembered for the last few thousand scenes."""
    return Look(scene)


def _is(thing: Thing, phrase: Phrase) -> Truth:
    if phrase.kind not in (None, thing.kind) or phrase.colour not in (None, thing.colour):
        return "no"
    if phrase.group is not None and thing.kind not in GROUPS[phrase.group]:
        return "no"
    if phrase.size in (None, thing.size):
        return "yes"
    return "borderline" if "medium" in (phrase.size, thing.size) else "no"


def _any(verdicts: list[Truth], *, painted: bool) -> Truth:
    if "yes" in verdicts:
        return "yes"
    return "borderline" if painted or "borderline" in verdicts else "no"


def _exists(seen: Look, phrase: Phrase) -> Truth:
    verdicts = [verdict for _, verdict in seen.matches(phrase)]
    return _any(verdicts, painted=seen.painted(phrase))


def _counts(seen: Look, fact: Count) -> Truth:
    found = seen.matches(fact.phrase)
    if seen.painted(fact.phrase) or any(verdict != "yes" for _, verdict in found):
        return "borderline"
    return "yes" if len(found) == fact.n else "no"


def _relates(seen: Look, fact: Relation) -> Truth:
    verdicts: list[Truth] = []
    targets = seen.matches(fact.b)
    for i, sure in seen.matches(fact.a):
        for j, certain in targets:
            if i != j:
                verdict = seen.relation(i, fact.relation, j)
                shaky = verdict == "yes" and "borderline" in (sure, certain)
                verdicts.append("borderline" if shaky else verdict)
    return _any(verdicts, painted=seen.painted(fact.a) or seen.painted(fact.b))


def holds(scene: Scene, fact: Fact) -> Truth:
    """Whether a fact is true of a scene: existential over all things or pairs that match.

    A "no" is safe: no thing, no pair is even borderline. Sizes one step apart are borderline.
    """
    if isinstance(fact, Setting):
        return "yes" if fact.background == scene.background else "no"
    if isinstance(fact, At):
        return "yes" if fact.time == scene.time else "no"
    seen = look(scene)
    if isinstance(fact, Exists):
        return _exists(seen, fact.phrase)
    if isinstance(fact, Count):
        return _counts(seen, fact)
    if isinstance(fact, Relation):
        return _relates(seen, fact)
    opposite: dict[Truth, Truth] = {"yes": "no", "no": "yes", "borderline": "borderline"}
    return opposite[_exists(seen, fact.phrase)]


def fits(scene: Scene, said: Said) -> Truth:
    """Whether all that a text claims is true of a scene; one "no" makes it "no"."""
    verdicts = {holds(scene, fact) for fact in said.facts}
    if "no" in verdicts:
        return "no"
    return "borderline" if "borderline" in verdicts else "yes"


def relations(scene: Scene) -> list[tuple[Thing, str, Thing, Truth]]:
    """All ordered pairs of things that stand in a relation: "yes" or "borderline"."""
    seen = look(scene)
    found: list[tuple[Thing, str, Thing, Truth]] = []
    for i, a in enumerate(scene.things):
        for j, b in enumerate(scene.things):
            if i == j:
                continue
            for name in RELATIONS:
                verdict = seen.relation(i, name, j)
                if verdict != "no":
                    found.append((a, name, b, verdict))
    return found
