"""SugarCrepe's seven kinds on drawn scenes: a true caption against one that is false in a point.

Refuses to know the protocol (`sugarcrepe`) and how negatives are made (`toyland.negatives`).
"""

import random
from collections.abc import Sequence
from operator import attrgetter

from vladva.benchmarks import sugarcrepe as protocol
from vladva.benchmarks.drawn import collect, worth
from vladva.benchmarks.exam import Exam, examine
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.sugarcrepe import Item
from vladva.benchmarks.verified import Judge, Verified, examine_verified
from vladva.toyland.negatives import Negative, negatives
from vladva.toyland.scene import Scene

COUNT = 300


def exam(setup: Setup) -> Exam[Item]:
    """So many items of each kind, and their scenes."""

    def make(
        scene: Scene, chance: random.Random, kinds: Sequence[str]
    ) -> list[tuple[str, Negative]]:
        made = negatives(scene, chance, kinds, unseen=setup.unseen_words, rare=setup.unseen)
        return [(one.kind, one) for one in made if worth(setup, one.positive, one.negative)]

    scenes, found = collect(make, protocol.KINDS, setup.items(COUNT), setup)
    items = [
        Item(kind, picture, one.positive.text, one.negative.text) for kind, picture, one in found
    ]
    return Exam(
        scenes, items, protocol.wins, protocol.figures, protocol.lessons, attrgetter("kind")
    )


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    return examine(exam(setup), models, setup.seed, progress)


def _verified(models: Models, judge: Judge, setup: Setup, progress: Progress) -> Verified:
    return examine_verified(
        exam(setup), protocol.wins, models, judge, seed=setup.seed, progress=progress
    )


BENCHMARK = Benchmark(
    name="toyland-sugarcrepe",
    summary="a true caption against a false one, seven kinds",
    primary_metric="mean",
    drawn=True,
    default_count=COUNT,
    score=_score,
    verified=_verified,
)
