"""Libraries of drawn scenes in which half of the photos with one thing also show another.

Asked is for the one without the other. Refuses to know who ranks.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from vladva.toyland.facts import Exists, Fact, Phrase
from vladva.toyland.invent import Wish, invent
from vladva.toyland.scene import KINDS, Scene, Split
from vladva.toyland.scene import rng as named_rng
from vladva.toyland.truth import holds
from vladva.toyland.voice import wordings

WITHOUT, WITH, OTHERS = 20, 20, 60
"""Scenes with the one thing alone, with both, and without the first."""
_VOWELS = "aeiou"


@dataclass(frozen=True)
class Forbidden:
    """A question with a forbidden part, the library it is asked of, and which scenes are right."""

    text: str
    wanted: str
    unwanted: str
    scenes: tuple[Scene, ...]
    right: NDArray[np.bool_]


def forbidden(split: Split, seed: int, number: int) -> Forbidden:
    """The library that (split, seed, number) names, in random order.

    Nothing in it is borderline: each scene surely shows the things, or surely does not.
    """
    rng = named_rng(split, seed, number, "forbidden")
    wanted, unwanted = rng.sample(KINDS, 2)
    first, second = Wish(wanted), Wish(unwanted)
    has, has_not = Exists(Phrase(kind=wanted)), Exists(Phrase(kind=unwanted))
    base = 1_000_000 + number * 10_000  # indices that no benchmark uses
    groups = (
        _drawn(split, seed, base, (first,), {has: "yes", has_not: "no"}, WITHOUT),
        _drawn(split, seed, base, (first, second), {has: "yes", has_not: "yes"}, WITH),
        _drawn(split, seed, base, (), {has: "no"}, OTHERS),
    )
    scenes = [(scene, place == 0) for place, group in enumerate(groups) for scene in group]
    rng.shuffle(scenes)
    right = np.array([is_right for _, is_right in scenes])
    text = f"{_a(wanted, rng)} without {_plural(unwanted)}"
    return Forbidden(text, wanted, unwanted, tuple(scene for scene, _ in scenes), right)


def precision_at(ranked: Sequence[int], right: NDArray[np.bool_], k: int = 10) -> float:
    """The share of right ones among the first `k` rows, 0..1."""
    return float(right[list(ranked[:k])].sum()) / k


def _drawn(  # noqa: PLR0913, PLR0917
    split: Split, seed: int, base: int, wishes: tuple[Wish, ...], facts: dict[Fact, str], n: int
) -> list[Scene]:
    found: list[Scene] = []
    for index in count(base):
        scene = invent(split, seed, index, wanted=wishes)
        if all(holds(scene, fact) == truth for fact, truth in facts.items()):
            found.append(scene)
        if len(found) == n:
            return found
    raise AssertionError  # `count` has no end


def _a(kind: str, rng: random.Random) -> str:
    article = "an" if kind[0] in _VOWELS else "a"
    return rng.choice([f"{article} {kind}", _plural(kind)])


def _plural(kind: str) -> str:
    plural: str = wordings()["plural"].get(kind, f"{kind}s")
    return plural
