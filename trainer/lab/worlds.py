"""Which scene a training number names, in a plain world and in one of twins.

In a world of twins the scenes 2k and 2k + 1 differ only by an exchange of two things' colours or
places: a batch that holds both cannot be told apart by a bag of words, as a handful of photos of
one room cannot. Nothing of what is held out shows in either. Ours. Refuses to know pictures.
"""

from functools import lru_cache
from itertools import count
from typing import Literal

from vladva.toyland.invent import held_out_pairs, invent
from vladva.toyland.negatives import winoground
from vladva.toyland.scene import Scene

SEED = 0
World = Literal["plain", "twins"]
WORLDS: tuple[World, ...] = ("plain", "twins")


def scene_of(number: int, world: World = "plain") -> Scene:
    """The training scene of a number."""
    if world == "plain":
        return invent("train", SEED, number)
    return _twins(number // 2)[number % 2]


def together(world: World) -> int:
    """So many scenes in a row belong into one batch."""
    return 2 if world == "twins" else 1


def suffix(world: World) -> str:
    """What the names of a world's files end in."""
    return "" if world == "plain" else f"-{world}"


@lru_cache(maxsize=256)
def _twins(pair: int) -> tuple[Scene, Scene]:
    for turn in count():
        first, second, *_ = winoground("train", SEED + 1 + turn, pair)
        shown = {(thing.colour, thing.kind) for one in (first, second) for thing in one.things}
        if not shown & held_out_pairs():
            return first, second
    raise AssertionError  # an endless count has no end
