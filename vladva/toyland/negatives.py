"""Hard negatives of SugarCrepe's seven kinds, SugarCrepe++ triples and Winoground pairs.

Positive and negative are said in the same wording; which claims are exchanged so that no text
gives itself away is the business of `contrast`. Refuses to know pictures and scores.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from vladva.toyland.contrast import Contrast, contrast
from vladva.toyland.facts import Fact, Relation, Said, describe, phrases_of
from vladva.toyland.invent import Wish, held_out_pairs, invent
from vladva.toyland.scene import COLOURS, KINDS, Scene, Split, Thing
from vladva.toyland.scene import rng as named_rng
from vladva.toyland.truth import fits
from vladva.toyland.voice import Voice
from vladva.toyland.words import clear_things, turned

KINDS_OF_NEGATIVE = (
    "replace_obj",
    "replace_att",
    "replace_rel",
    "swap_obj",
    "swap_att",
    "add_obj",
    "add_att",
)
"""SugarCrepe's. What is added is a true thing or attribute in the positive, a false one in the
negative, so that their lengths agree (ours; SugarCrepe's negatives are longer)."""
KINDS_OF_TRIPLE = ("replace_obj", "replace_att", "replace_rel", "swap_obj", "swap_att")
"""SugarCrepe++'s."""


@dataclass(frozen=True)
class Negative:
    """A caption that holds and one like it that does not."""

    kind: str
    positive: Said
    negative: Said


@dataclass(frozen=True)
class Triple:
    """Two captions that say the same in other words, and a negative in the words of the first."""

    kind: str
    p1: Said
    p2: Said
    negative: Said


def negatives(
    scene: Scene,
    rng: random.Random,
    kinds: Sequence[str] = KINDS_OF_NEGATIVE,
    *,
    unseen: bool = False,
    rare: bool = False,
) -> list[Negative]:
    """At most one negative of each kind: the positive holds, the negative surely does not.

    `unseen` speaks in held-out wordings; `rare` goes with the scenes of `unseen_scene`.
    """
    found: list[Negative] = []
    for kind in kinds:
        pair = contrast(scene, rng, kind, rare=rare)
        if pair:
            voice = Voice(rng, unseen=unseen)
            found.append(Negative(kind, *_said(pair, voice)))
    return found


def _said(pair: Contrast, voice: Voice) -> tuple[Said, Said]:
    true, false = (Said(voice.caption(facts), facts) for facts in (pair.true, pair.false))
    return true, false


def triples(
    scene: Scene,
    rng: random.Random,
    kinds: Sequence[str] = KINDS_OF_TRIPLE,
    *,
    unseen: bool = False,
    rare: bool = False,
) -> list[Triple]:
    """At most one triple of each kind, as in SugarCrepe++; flags as in `negatives`."""
    found: list[Triple] = []
    for kind in kinds:
        pair = contrast(scene, rng, kind, rare=rare)
        if not pair:
            continue
        p1, negative = _said(pair, Voice(rng, unseen=unseen))
        p2 = _otherwise(p1, rng, unseen=unseen)
        if p2:
            found.append(Triple(kind, p1, p2, negative))
    return found


def _otherwise(said: Said, rng: random.Random, *, unseen: bool) -> Said | None:
    """The same claims in another wording and another order of the words."""
    for _ in range(8):
        facts = tuple(turned(fact, rng) for fact in reversed(said.facts))
        other = Said(Voice(rng, unseen=unseen).caption(facts), facts)
        if _order(other.text) != _order(said.text):
            return other
    return None


def _order(text: str) -> list[str]:
    """What both texts must have in common, in its order: the kinds and colours."""
    return [word for word in text.replace(",", " ").split() if word in KINDS or word in COLOURS]


def unseen_scene(split: Split, seed: int, index: int, kind: str) -> Scene:
    """A scene for negatives or questions of a kind about pairs of colour and kind never trained.

    It holds such a pair. For "swap_att" three in ten hold its colour and its kind in two things
    instead, so that an exchange of colours claims it: it must be false as often as it is true.
    """
    rng = named_rng(split, seed, index, "unseen scene")
    if kind != "swap_att" or rng.random() > 0.3:
        return invent(split, seed, index, unseen=True)
    colour, kind = rng.choice(sorted(held_out_pairs()))
    plain = [c for c in COLOURS if c != colour and (c, kind) not in held_out_pairs()]
    others = [k for k in KINDS if k != kind and (colour, k) not in held_out_pairs()]
    return invent(
        split, seed, index, wanted=(Wish(kind, rng.choice(plain)), Wish(rng.choice(others), colour))
    )


def winoground(
    split: Split, seed: int, index: int, *, unseen: bool = False, unseen_words: bool = False
) -> tuple[Scene, Scene, str, str]:
    """Two scenes and two captions of the same words, each true only of its own scene.

    One scene is the other with the colours or the places of two things exchanged. `unseen`: one of
    the things is a held-out pair of colour and kind in one of the scenes.
    """
    for attempt in count():
        rng = named_rng(split, seed, index, f"winoground {attempt}")
        first = invent(split, seed, index, wanted=_two_wishes(rng, unseen=unseen))
        made = _exchanged(first, rng)
        if made:
            second, pair = made
            true, false = _said(pair, Voice(rng, unseen=unseen_words))
            if rng.random() < 0.5:
                return first, second, true.text, false.text
            return second, first, false.text, true.text
    raise AssertionError  # an endless count has no end


def _two_wishes(rng: random.Random, *, unseen: bool) -> tuple[Wish, Wish]:
    colours, kinds = rng.sample(COLOURS, 2), rng.sample(KINDS, 2)
    if unseen:
        colours[0], kinds[0] = rng.choice(sorted(held_out_pairs()))
    names = ("left of", "right of", "next to", "in front of", "behind", "above", "below")
    return Wish(kinds[0], colours[0]), Wish(kinds[1], colours[1], None, rng.choice(names), 0)


def _exchanged(scene: Scene, rng: random.Random) -> tuple[Scene, Contrast] | None:
    """The scene with two things' colours or places exchanged, and the claims that tell them."""
    kind = rng.choice(("swap_att", "swap_obj"))
    pair = contrast(scene, rng, kind)
    if not pair:
        return None
    a, b = _meant(scene, pair.true)
    if kind == "swap_att":
        new = (replace(a, colour=b.colour), replace(b, colour=a.colour))
    else:
        flat = isinstance(pair.true[0], Relation) and pair.true[0].relation.endswith(" of")
        new = (_moved(a, b, flat=flat), _moved(b, a, flat=flat))
    kept = [thing for thing in scene.things if thing not in (a, b)]
    things = sorted([*kept, *new], key=lambda thing: thing.depth)
    second = replace(scene, things=tuple(things))
    told = fits(second, Said("", pair.false)), fits(second, Said("", pair.true))
    shown = _ids(clear_things(scene)) <= _ids(clear_things(second))
    right = told == ("yes", "no") and shown
    return (second, pair) if right and all(map(_inside, new)) else None


def _meant(scene: Scene, facts: Sequence[Fact]) -> tuple[Thing, Thing]:
    """The two things that a claim speaks of."""
    a, b = (
        next(thing for thing in scene.things if describe(thing) == phrase)
        for phrase in phrases_of(facts)
    )
    return a, b


def _moved(thing: Thing, to: Thing, *, flat: bool) -> Thing:
    """A thing at the place of another: centred there, feet on its ground; `flat`: sideways only."""
    x, y, width, height = to.box
    left = x + width / 2 - thing.box[2] / 2
    if flat:
        return replace(thing, box=(left, *thing.box[1:]))
    return replace(thing, box=(left, y + height - thing.box[3], *thing.box[2:]), depth=to.depth)


def _ids(things: Sequence[Thing]) -> set[int]:
    return {thing.id for thing in things}


def _inside(thing: Thing) -> bool:
    x, y, width, height = thing.box
    return x >= 0 and y >= 0 and x + width <= 1 and y + height <= 1
