"""One picture, an instruction, and the scene that follows it: "the same, but at night".

Every target is checked: what the instruction asks for holds there and did not hold before, and the
rest is left as it was. Refuses to know how either scene is drawn.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from vladva.toyland.art import ASPECTS
from vladva.toyland.facts import Absent, At, Exists, Fact, Phrase, Said, Setting, describe
from vladva.toyland.invent import held_out_pairs
from vladva.toyland.place import free_box
from vladva.toyland.scene import BACKGROUNDS, COLOURS, FLYING, KINDS, SIZES, TIMES, Scene, Thing
from vladva.toyland.truth import fits, look, relations
from vladva.toyland.voice import Voice
from vladva.toyland.words import clear_things


@dataclass(frozen=True)
class Edit:
    """What to change, lower case without a full stop, and the scene that comes of it."""

    kind: str
    instruction: str
    target: Scene


@dataclass(frozen=True)
class _Draft:
    section: str
    words: dict[str, str]
    target: Scene
    now: tuple[Fact, ...]
    """True of the target, not of the scene."""


_Maker = Callable[[Scene, random.Random, Voice], _Draft | None]


def edits(scene: Scene, rng: random.Random, n: int, *, unseen: bool = False) -> list[Edit]:
    """Up to `n` edits of different kinds, in random order; `unseen` speaks in held-out wordings."""
    found: list[Edit] = []
    for kind in rng.sample(sorted(_MAKERS), len(_MAKERS)):
        if len(found) == n:
            break
        draft = _MAKERS[kind](scene, rng, Voice(rng, unseen=unseen))
        if draft and _checked(scene, draft):
            text = Voice(rng, unseen=unseen).pick(draft.section)
            for slot, word in draft.words.items():
                text = text.replace(slot, word)
            found.append(Edit(kind, text, draft.target))
    return found


def _checked(scene: Scene, draft: _Draft) -> bool:
    said = Said("", draft.now)
    if fits(draft.target, said) != "yes" or fits(scene, said) != "no":
        return False
    shown = {thing.id for thing in clear_things(draft.target)}
    left = {thing.id for thing in draft.target.things}
    return all(thing.id in shown for thing in clear_things(scene) if thing.id in left)


def _time(scene: Scene, _: random.Random, voice: Voice) -> _Draft:
    time = TIMES[1 - TIMES.index(scene.time)]
    words = {"{time}": voice.pick("time", time)}
    return _Draft("edit time", words, replace(scene, time=time), (At(time),))


def _place(scene: Scene, rng: random.Random, voice: Voice) -> _Draft:
    place = rng.choice([name for name in BACKGROUNDS if name != scene.background])
    words = {"{place}": voice.pick("place", place)}
    return _Draft("edit place", words, replace(scene, background=place), (Setting(place),))


def _only(scene: Scene, rng: random.Random) -> tuple[Thing, Phrase] | None:
    """A thing that shows clearly and carries no other, and the phrase that means it alone."""
    seen = relations(scene)
    carriers = {b.id for _, name, b, verdict in seen if name in ("on", "in") and verdict == "yes"}
    things = [
        (thing, describe(thing))
        for thing in clear_things(scene)
        if len(look(scene).matches(describe(thing))) == 1 and thing.id not in carriers
    ]
    return rng.choice(things) if things else None


def _with(scene: Scene, old: Thing, *new: Thing) -> Scene:
    """The scene with one thing gone, and another in its place where given."""
    things: list[Thing] = []
    for thing in scene.things:
        things += new if thing is old else [thing]
    return replace(scene, things=tuple(things))


def _recolour(scene: Scene, rng: random.Random, voice: Voice) -> _Draft | None:
    found = _only(scene, rng)
    if not found:
        return None
    thing, phrase = found
    colours = [c for c in COLOURS if c != thing.colour and (c, thing.kind) not in held_out_pairs()]
    new = replace(thing, colour=rng.choice(colours))
    return _Draft(
        "edit recolour",
        {"{x}": voice.noun(phrase), "{colour}": new.colour},
        _with(scene, thing, new),
        (Exists(describe(new)), Absent(phrase)),
    )


def _replace(scene: Scene, rng: random.Random, voice: Voice) -> _Draft | None:
    """Another kind in the same place and colour; the box keeps its foot and its longer side."""
    found = _only(scene, rng)
    if not found:
        return None
    thing, phrase = found
    kinds = [
        kind
        for kind in KINDS
        if kind != thing.kind and (kind in FLYING) == (thing.kind in FLYING)
        if (thing.colour, kind) not in held_out_pairs()
    ]
    if not kinds:
        return None
    new = _reshaped(replace(thing, kind=rng.choice(kinds)))
    return _Draft(
        "edit replace",
        {"{x}": voice.noun(phrase), "{y}": voice.a(describe(new))},
        _with(scene, thing, new),
        (Exists(describe(new)), Absent(phrase)),
    )


def _reshaped(thing: Thing) -> Thing:
    """The thing in its kind's natural shape: foot and longer side stay."""
    x, y, width, height = thing.box
    wide, high = _measure(thing.kind, max(width, height))
    return replace(thing, box=(x + (width - wide) / 2, y + height - high, wide, high))


def _measure(kind: str, longer: float) -> tuple[float, float]:
    aspect = ASPECTS[kind]
    return (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)


def _remove(scene: Scene, rng: random.Random, voice: Voice) -> _Draft | None:
    found = _only(scene, rng)
    if not found or len(scene.things) == 1:
        return None
    thing, phrase = found
    target = _with(scene, thing)
    return _Draft("edit remove", {"{x}": voice.noun(phrase)}, target, (Absent(phrase),))


def _add(scene: Scene, rng: random.Random, voice: Voice) -> _Draft | None:
    """A thing of a new kind where there is room; it stands before all that has its foot higher."""
    known = {thing.kind for thing in scene.things}
    kind = rng.choice([kind for kind in KINDS if kind not in known])
    colour = rng.choice([c for c in COLOURS if (c, kind) not in held_out_pairs()])
    size = rng.choice(sorted(SIZES))
    box = free_box(kind, _measure(kind, SIZES[size]), [thing.box for thing in scene.things], rng)
    if not box:
        return None
    at = sum(thing.box[1] + thing.box[3] < box[1] + box[3] for thing in scene.things)
    number = max(thing.id for thing in scene.things) + 1
    new = Thing(number, kind, colour, size, box, at, rng.random() < 0.5, seed=rng.getrandbits(30))
    things = list(scene.things)
    things.insert(at, new)
    ordered = tuple(replace(thing, depth=depth) for depth, thing in enumerate(things))
    phrase = describe(new)
    target = replace(scene, things=ordered)
    return _Draft("edit add", {"{y}": voice.a(phrase)}, target, (Exists(phrase),))


_MAKERS: dict[str, _Maker] = {
    "time": _time,
    "place": _place,
    "recolour": _recolour,
    "replace": _replace,
    "remove": _remove,
    "add": _add,
}
