"""Winoground on drawn scenes: colours or places of two things exchanged, in picture and caption.

Refuses to know the protocol (`winoground`) and how the pairs are made (`toyland.negatives`).
"""

from collections.abc import Iterator
from itertools import count, islice

from vladva.benchmarks import winoground as protocol
from vladva.benchmarks.exam import Exam, examine
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.verified import Judge, Verified, examine_verified
from vladva.benchmarks.winoground import Item
from vladva.toyland.invent import held_out_pairs
from vladva.toyland.negatives import winoground
from vladva.toyland.scene import Scene

COUNT = 400


def exam(setup: Setup) -> Exam[Item]:
    """So many pairs; the i-th has the pictures 2i and 2i + 1."""
    pairs = list(islice(_pairs(setup), setup.items(COUNT)))
    scenes = [scene for first, second, *_ in pairs for scene in (first, second)]
    items = [Item((2 * i, 2 * i + 1), (text, other)) for i, (*_, text, other) in enumerate(pairs)]
    return Exam(scenes, items, protocol.wins, lessons=protocol.lessons)


def _pairs(setup: Setup) -> Iterator[tuple[Scene, Scene, str, str]]:
    """Pairs without end; without `unseen` none in which a pair shows that was never trained."""
    for index in count():
        made = winoground(
            "test", setup.seed, index, unseen=setup.unseen, unseen_words=setup.unseen_words
        )
        things = (*made[0].things, *made[1].things)
        rare = any((thing.colour, thing.kind) in held_out_pairs() for thing in things)
        if rare == setup.unseen:
            yield made


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    return examine(exam(setup), models, setup.seed, progress)


def _verified(models: Models, judge: Judge, setup: Setup, progress: Progress) -> Verified:
    return examine_verified(
        exam(setup), protocol.wins, models, judge, seed=setup.seed, progress=progress
    )


BENCHMARK = Benchmark(
    name="toyland-winoground",
    summary="two pictures, two captions of the same words",
    primary_metric="group",
    drawn=True,
    default_count=COUNT,
    score=_score,
    verified=_verified,
)
