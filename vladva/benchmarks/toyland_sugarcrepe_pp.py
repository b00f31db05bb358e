"""SugarCrepe++'s kinds on drawn scenes: two captions that say the same, and one that is false.

Refuses to know the protocol (`sugarcrepe_pp`) and how triples are made (`toyland.negatives`).
"""

import random
from collections.abc import Sequence
from operator import attrgetter

from vladva.benchmarks import sugarcrepe_pp as protocol
from vladva.benchmarks.drawn import collect, worth
from vladva.benchmarks.exam import Exam, examine
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.sugarcrepe_pp import Item
from vladva.toyland.negatives import Triple, triples
from vladva.toyland.scene import Scene

COUNT = 300


def exam(setup: Setup) -> Exam[Item]:
    """So many triples of each kind, and their scenes."""

    def make(scene: Scene, chance: random.Random, kinds: Sequence[str]) -> list[tuple[str, Triple]]:
        made = triples(scene, chance, kinds, unseen=setup.unseen_words, rare=setup.unseen)
        return [(one.kind, one) for one in made if worth(setup, one.p1, one.negative)]

    scenes, found = collect(make, protocol.KINDS, setup.items(COUNT), setup)
    items = [
        Item(kind, picture, one.p1.text, one.p2.text, one.negative.text)
        for kind, picture, one in found
    ]
    return Exam(
        scenes, items, protocol.wins, protocol.figures, protocol.lessons, attrgetter("kind")
    )


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    return examine(exam(setup), models, setup.seed, progress)


BENCHMARK = Benchmark(
    name="toyland-sugarcrepe-pp",
    summary="two true captions against a false one, five kinds",
    primary_metric="ITT",
    drawn=True,
    default_count=COUNT,
    score=_score,
)
