"""A true claim and a false one that differ in one point, so that no text gives away which is which.

The rule (ours): the change is a symmetry of the drawn world. A word is exchanged for one that the
world uses as often in that place, and neither occurs elsewhere in the claim; where the world has
habits (what is above what, how many there are), a change is taken only as often as the opposite
change would be. Negatives, questions and Winoground pairs all start here. Refuses to know words.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from vladva.toyland.facts import (
    At,
    Exists,
    Fact,
    Phrase,
    Relation,
    Setting,
    changed,
    describe,
    phrases_of,
)
from vladva.toyland.habits import (
    Change,
    count_changes,
    relation_changes,
    role,
    size_changes,
    swap_changes,
    usual,
    weighted,
)
from vladva.toyland.invent import held_out_pairs
from vladva.toyland.scene import (
    COLOURS,
    KINDS,
    RELATIONS,
    Scene,
    Thing,
)
from vladva.toyland.truth import holds, look
from vladva.toyland.words import clear_things


@dataclass(frozen=True)
class Contrast:
    """Two lists of facts about one scene: all of the first hold, the second is surely false."""

    true: tuple[Fact, ...]
    false: tuple[Fact, ...]


@dataclass(frozen=True)
class Task:
    """What a contrast is made from; `rare` as in `contrast`."""

    scene: Scene
    rng: random.Random
    rare: bool


Maker = Callable[[Task], Contrast | None]


def contrast(scene: Scene, rng: random.Random, kind: str, *, rare: bool = False) -> Contrast | None:
    """A contrast of a kind (see `MAKERS`), or None where the scene offers none.

    `rare` lets the false half swap colours into a held-out pair; never in the training split.
    """
    task = Task(scene, rng, rare and scene.split != "train")
    for _ in range(1 if kind in _TRIED_ONCE else 8):
        made = MAKERS[kind](task)
        if made and _valid(task, made):
            return _framed(scene, made, rng)
    return None


def _valid(task: Task, made: Contrast) -> bool:
    scene = task.scene
    allowed = task.rare or _holds_rare(scene)
    if not allowed and any(map(_held_out, phrases_of(made.false))):
        return False
    if any(holds(scene, fact) != "yes" for fact in made.true):
        return False
    return any(holds(scene, fact) == "no" for fact in made.false)


def _framed(scene: Scene, made: Contrast, rng: random.Random) -> Contrast:
    """Background and time for both sides, now and then."""
    around: list[Fact] = [Setting(scene.background), At(scene.time)]
    frame = tuple(fact for fact in around if rng.random() < 0.2)
    return Contrast(made.true + frame, made.false + frame)


def _some_things(scene: Scene, rng: random.Random, n: int) -> list[Thing]:
    """`n` things of different kinds and colours, or fewer."""
    things = clear_things(scene)
    rng.shuffle(things)
    chosen: list[Thing] = []
    for thing in things:
        if all(thing.kind != other.kind and thing.colour != other.colour for other in chosen):
            chosen.append(thing)
    return chosen[:n]


def _related(scene: Scene, rng: random.Random) -> tuple[Thing, str, Thing] | None:
    """A relation between things of different kinds and colours."""
    found = weighted(scene, RELATIONS)
    if not found:
        return None
    a, name, b, _ = rng.choices(found, [share for *_, share in found])[0]
    return a, name, b


def _claim(scene: Scene, rng: random.Random) -> tuple[tuple[Fact, ...], list[Phrase]]:
    """A relation, or one or two things, all with their colours; and the phrases in it."""
    found = _related(scene, rng) if rng.random() < 0.5 else None
    if found:
        a, b = describe(found[0]), describe(found[2])
        return (Relation(a, found[1], b),), [a, b]
    phrases = [describe(thing) for thing in _some_things(scene, rng, 2)]
    return tuple(Exists(phrase) for phrase in phrases), phrases


def _held_out(phrase: Phrase) -> bool:
    return (phrase.colour, phrase.kind) in held_out_pairs()


def _holds_rare(scene: Scene) -> bool:
    return any(_held_out(describe(thing)) for thing in scene.things)


def _other_kind(scene: Scene, phrase: Phrase, taken: list[Phrase], rng: random.Random) -> Phrase:
    """The phrase with another kind of the same role, a held-out pair for a held-out pair."""
    used = {other.kind for other in taken}
    choices = [
        new
        for kind in KINDS
        if kind not in used and phrase.kind and role(kind) == role(phrase.kind)
        if _held_out(new := replace(phrase, kind=kind)) == _held_out(phrase)
        if not look(scene).painted(new)
    ]
    fixed = not choices or look(scene).painted(phrase)
    return phrase if fixed else rng.choice(choices)


def _other_colour(scene: Scene, phrase: Phrase, taken: list[Phrase], rng: random.Random) -> Phrase:
    """The phrase with another colour, a held-out pair only where the scene holds such pairs.

    There it is always chosen where it can be, so that it is false about as often as true.
    """
    used = {other.colour for other in taken}
    choices = [replace(phrase, colour=colour) for colour in COLOURS if colour not in used]
    rare = [new for new in choices if _held_out(new)]
    if rare and _holds_rare(scene):
        return rare[0]
    return rng.choice([new for new in choices if not _held_out(new)])


def _one_to_recolour(phrases: list[Phrase], rng: random.Random) -> Phrase | None:
    """One of the phrases; a held-out pair less often, for there it would be true too often."""
    chosen = rng.choice(phrases) if phrases else None
    return None if chosen and _held_out(chosen) and rng.random() < 0.3 else chosen


def _replace_obj(task: Task) -> Contrast | None:
    scene, rng = task.scene, task.rng
    facts, phrases = _claim(scene, rng)
    if not phrases:
        return None
    old = rng.choice(phrases)
    return Contrast(facts, changed(facts, {old: _other_kind(scene, old, phrases, rng)}))


def _replace_att(task: Task) -> Contrast | None:
    scene, rng = task.scene, task.rng
    if rng.random() < 0.25:
        return _change(size_changes)(task)
    facts, phrases = _claim(scene, rng)
    old = _one_to_recolour(phrases, rng)
    if not old:
        return None
    return Contrast(facts, changed(facts, {old: _other_colour(scene, old, phrases, rng)}))


def _swap_att(task: Task) -> Contrast | None:
    made: Contrast | None = None
    for _ in range(8 if task.rare else 1):  # a held-out pair on either side, if there may be one
        facts, phrases = _claim(task.scene, task.rng)
        if len(phrases) != 2:
            return made
        a, b = phrases
        new = {a: replace(a, colour=b.colour), b: replace(b, colour=a.colour)}
        made = Contrast(facts, changed(facts, new))
        if any(map(_held_out, (*phrases, *new.values()))):
            break
    return made


def _add_obj(task: Task) -> Contrast | None:
    scene, rng = task.scene, task.rng
    things = _some_things(scene, rng, 3)
    if len(things) < 2:
        return None
    phrases = [describe(thing) for thing in things]
    added = phrases.pop()
    facts, _ = _claim_of(scene, phrases, rng)
    new = _other_kind(scene, added, [*phrases, added], rng)
    return Contrast((*facts, Exists(added)), (*facts, Exists(new)))


def _claim_of(
    scene: Scene, phrases: list[Phrase], rng: random.Random
) -> tuple[tuple[Fact, ...], list[Phrase]]:
    """A relation between the things that these phrases mean, where there is one."""
    if len(phrases) == 2:
        found = [Relation(phrases[0], name, phrases[1]) for name in RELATIONS]
        true = [fact for fact in found if holds(scene, fact) == "yes"]
        if true:
            return (rng.choice(true),), phrases
    return tuple(Exists(phrase) for phrase in phrases), phrases


def _add_att(task: Task) -> Contrast | None:
    scene, rng = task.scene, task.rng
    facts, phrases = _claim(scene, rng)
    added = _one_to_recolour(phrases, rng)
    if not added:
        return None
    plain = {phrase: replace(phrase, colour=None) for phrase in phrases if phrase != added}
    new = _other_colour(scene, added, [added], rng)
    return Contrast(changed(facts, plain), changed(facts, {**plain, added: new}))


def _change(changes: Callable[[Scene], list[Change]]) -> Maker:
    """One of the changes that a scene offers, where it is usual."""

    def make(task: Task) -> Contrast | None:
        found = changes(task.scene)
        if not found:
            return None
        change = task.rng.choices(found, [one.share for one in found])[0]
        return Contrast((change.true,), (change.false,)) if usual(change, task.rng) else None

    return make


MAKERS: dict[str, Maker] = {
    "replace_obj": _replace_obj,
    "replace_att": _replace_att,
    "replace_rel": _change(relation_changes),
    "swap_obj": _change(swap_changes),
    "swap_att": _swap_att,
    "add_obj": _add_obj,
    "add_att": _add_att,
    "count": _change(count_changes),
}
"""SugarCrepe's seven kinds, and the number of things."""
_TRIED_ONCE = ("replace_rel", "swap_obj", "count")
"""Trying these again would bring back what `usual` thinned out."""
