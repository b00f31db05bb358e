"""A scene from a seed: which things, how large, where, on which ground, by day or night.

Difficulty is fixed (ours; `docs/toyland.md`): the shares below. Refuses to know words and truth: a
wish is aimed at, and whoever needs it to hold asks `truth.holds` and invents again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from vladva.toyland.art import ASPECTS
from vladva.toyland.place import Box, free_box, related_box
from vladva.toyland.scene import (
    BACKGROUNDS,
    COLOURS,
    CONTAINERS,
    FLYING,
    KINDS,
    SIZES,
    SUPPORTS,
    Scene,
    Size,
    Split,
    Thing,
    rng,
)

COUNT_SHARES = {1: 0.12, 2: 0.28, 3: 0.32, 4: 0.20, 5: 0.08}
SAME_COLOUR = 0.30
"""Share of further things that take the colour of an earlier one."""
SAME_KIND = 0.22
"""Share of further things that take the kind of an earlier one, its colour too half the time."""
RELATED = 0.55
"""Share of further things that are placed in a relation to an earlier one."""
CARRIED = 0.24
"""Share of scenes that begin with a thing on a support or in a container: chance makes few."""
NIGHT = 0.30
SIZE_SHARES: dict[Size, float] = {"small": 0.28, "medium": 0.42, "large": 0.30}
RELATION_SHARES = {
    "on": 0.14,
    "in": 0.14,
    "in front of": 0.16,
    "behind": 0.16,
    "next to": 0.20,
    "above": 0.10,
    "below": 0.10,
}
HELD_OUT = 24


@dataclass(frozen=True)
class Wish:
    """A thing that the scene shall hold; `relation` to the wish with index `to`, where given."""

    kind: str
    colour: str | None = None
    size: Size | None = None
    relation: str | None = None
    to: int | None = None


@cache
def held_out_pairs() -> frozenset[tuple[str, str]]:
    """24 (colour, kind) pairs that no training scene holds; each kind has at most one."""
    random_ = rng("test", 0, 0, "held-out pairs")
    kinds = random_.sample(KINDS, HELD_OUT)
    colours = [COLOURS[i % len(COLOURS)] for i in range(HELD_OUT)]
    random_.shuffle(colours)
    return frozenset(zip(colours, kinds, strict=True))


def invent(
    split: Split, seed: int, index: int, *, wanted: Sequence[Wish] = (), unseen: bool = False
) -> Scene:
    """The scene that (split, seed, index, wanted) names.

    Wishes are placed first and the rest is filled up at random. Without `unseen` no thing that
    was not wished for is one of the `held_out_pairs`; with it, the first such thing is.
    """
    purpose = "scene" if not wanted else f"scene {tuple(wanted)}"
    random_ = rng(split, seed, index, purpose)
    count = random_.choices(list(COUNT_SHARES), weights=list(COUNT_SHARES.values()))[0]
    table = _Table(random_)
    for wish in wanted:
        table.add_wish(wish)
    if unseen and not wanted:
        colour, kind = random_.choice(sorted(held_out_pairs()))
        table.add_wish(Wish(kind, colour))
    if count > 1 and not table.things and random_.random() < CARRIED:
        table.add_carried()
    for _ in range(count - len(table.things)):
        table.add_any()
    return Scene(
        split=split,
        seed=seed,
        index=index,
        things=table.far_to_near(),
        background=random_.choice(BACKGROUNDS),
        time="night" if random_.random() < NIGHT else "day",
        look=random_.getrandbits(30),
    )


@dataclass(frozen=True)
class _Placed:
    kind: str
    colour: str
    size: Size
    box: Box
    near: float
    """Larger is nearer to the viewer; the bottom edge, but for what is on or in another thing."""


class _Table:
    """The things of one scene while it fills up."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self.things: list[_Placed] = []
        self.wishes: dict[int, _Placed] = {}
        self._seen_wishes = 0

    def add_wish(self, wish: Wish) -> None:
        """Place one wish, relative to an earlier one where it says so."""
        colour = wish.colour or self._colour_for(wish.kind)
        size = wish.size or self._size(wish.kind, wish.relation)
        to = self.wishes.get(wish.to) if wish.to is not None else None
        placed = self._place(wish.kind, colour, size, wish.relation, to)
        if placed:
            self.wishes[self._seen_wishes] = placed
        self._seen_wishes += 1

    def add_carried(self) -> None:
        """Place a support or a container, and a thing on or in it."""
        relation = self.random.choice(("on", "in"))
        carrier = self.random.choice(SUPPORTS if relation == "on" else CONTAINERS)
        size: Size = self.random.choice(("medium", "large"))
        self.add_wish(Wish(carrier, size=size))
        others = [kind for kind in KINDS if kind not in (*FLYING, *CONTAINERS, carrier)]
        self.add_wish(Wish(self.random.choice(others), relation=relation, to=0))

    def add_any(self) -> None:
        """Place one more thing of the scene's own choice; a full picture stays as it is."""
        kind, colour = self._kind_and_colour()
        relation, to = self._relation(kind)
        self._place(kind, colour, self._size(kind, relation), relation, to)

    def far_to_near(self) -> tuple[Thing, ...]:
        """All things in drawing order, numbered in it."""
        ordered = sorted(self.things, key=lambda placed: placed.near)
        return tuple(
            Thing(
                id=number,
                kind=placed.kind,
                colour=placed.colour,
                size=placed.size,
                box=placed.box,
                depth=number,
                flip=self.random.random() < 0.5,
                tilt=self.random.uniform(-4, 4),
                seed=self.random.getrandbits(30),
            )
            for number, placed in enumerate(ordered)
        )

    def _kind_and_colour(self) -> tuple[str, str]:
        random_ = self.random
        if self.things and random_.random() < SAME_KIND:
            other = random_.choice(self.things)
            same = (other.colour, other.kind) not in held_out_pairs() and random_.random() < 0.5
            return other.kind, other.colour if same else self._colour_for(other.kind)
        kind = random_.choice(KINDS)
        if self.things and random_.random() < SAME_COLOUR:
            colour = random_.choice(self.things).colour
            if (colour, kind) not in held_out_pairs():
                return kind, colour
        return kind, self._colour_for(kind)

    def _colour_for(self, kind: str) -> str:
        return self.random.choice([c for c in COLOURS if (c, kind) not in held_out_pairs()])

    def _size(self, kind: str, relation: str | None) -> Size:
        if relation in ("on", "in"):
            return "small"
        shares = dict(SIZE_SHARES)
        if kind in CONTAINERS or kind in SUPPORTS:
            shares["small"] = 0.1
        return self.random.choices(list(shares), weights=list(shares.values()))[0]

    def _relation(self, kind: str) -> tuple[str | None, _Placed | None]:
        if not self.things or self.random.random() > RELATED:
            return None, None
        to = self.random.choice(self.things)
        shares = {
            name: share
            for name, share in RELATION_SHARES.items()
            if self._makes_sense(kind, name, to)
        }
        if not shares:
            return None, None
        return self.random.choices(list(shares), weights=list(shares.values()))[0], to

    @staticmethod
    def _makes_sense(kind: str, relation: str, to: _Placed) -> bool:
        if relation == "on":
            return to.kind in SUPPORTS and to.size != "small" and kind not in FLYING
        if relation == "in":
            return (
                to.kind in CONTAINERS and to.size != "small" and kind not in (*FLYING, *CONTAINERS)
            )
        if relation == "above":
            return kind in FLYING
        if relation == "below":
            return to.kind in FLYING and kind not in FLYING
        return (kind in FLYING) == (to.kind in FLYING)

    def _place(
        self, kind: str, colour: str, size: Size, relation: str | None, to: _Placed | None
    ) -> _Placed | None:
        extent = self._measure(kind, size)
        taken = [placed.box for placed in self.things]
        if relation and to:
            box = related_box(relation, to.box, extent, taken, self.random)
        else:
            box = free_box(kind, extent, taken, self.random)
        if box is None:
            return None
        near = box[1] + box[3]
        if relation in ("on", "in") and to:
            near = to.near + (1e-4 if relation == "on" else -1e-4)
        placed = _Placed(kind, colour, size, box, near)
        self.things.append(placed)
        return placed

    def _measure(self, kind: str, size: Size) -> tuple[float, float]:
        longer = SIZES[size] * self.random.uniform(0.93, 1.07)
        aspect = ASPECTS[kind] * self.random.uniform(0.92, 1.09)
        return (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)
