"""Fresh scenes of the test split, and items that some of them offer, so many of each kind.

Refuses to know what an item is and who judges it.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TypeVar

from vladva.benchmarks.registry import Setup
from vladva.toyland.facts import Said, phrases_of
from vladva.toyland.invent import held_out_pairs, invent
from vladva.toyland.negatives import unseen_scene
from vladva.toyland.scene import Scene, rng

T = TypeVar("T")
Make = Callable[[Scene, random.Random, Sequence[str]], Sequence[tuple[str, T]]]
"""A scene, a source of chance and the kinds that are wanted → items of some of these kinds."""


def scenes_of(setup: Setup, n: int) -> list[Scene]:
    """The first `n` scenes of a seed; with `unseen` each holds a pair that was never trained."""
    return [invent("test", setup.seed, index, unseen=setup.unseen) for index in range(n)]


def collect(
    make: Make[T], kinds: Sequence[str], n: int, setup: Setup
) -> tuple[list[Scene], list[tuple[str, int, T]]]:
    """`n` items of each kind as (kind, number of its scene, item), and their scenes.

    One scene may serve several kinds, hence far fewer pictures than items are drawn.
    """
    used: list[Scene] = []
    found: list[tuple[str, int, T]] = []
    for group in _groups(kinds, unseen=setup.unseen):
        have = Counter(dict.fromkeys(group, 0))
        for index, scene in _scenes(setup, group[0]):
            wanted = [kind for kind in group if have[kind] < n]
            if not wanted:
                break
            made = make(scene, rng("test", setup.seed, index, f"items {group[0]}"), wanted)
            found += [(kind, len(used), item) for kind, item in made]
            have.update(kind for kind, _ in made)
            used += [scene] if made else []
    return used, found


def worth(setup: Setup, *texts: Said) -> bool:
    """Whether an item counts: with `unseen`, one whose texts name a pair that was never trained."""
    pairs = held_out_pairs()
    named = phrases_of(fact for said in texts for fact in said.facts)
    return not setup.unseen or any((phrase.colour, phrase.kind) in pairs for phrase in named)


def _groups(kinds: Sequence[str], *, unseen: bool) -> list[list[str]]:
    """Kinds that may share scenes: all, but that "swap_att" wants unseen scenes of its own."""
    apart = [[kind] for kind in kinds if unseen and kind == "swap_att"]
    rest = [kind for kind in kinds if [kind] not in apart]
    return [group for group in (rest, *apart) if group]


def _scenes(setup: Setup, kind: str) -> Iterator[tuple[int, Scene]]:
    for index in count():
        if setup.unseen:
            yield index, unseen_scene("test", setup.seed, index, kind)
        else:
            yield index, invent("test", setup.seed, index)
