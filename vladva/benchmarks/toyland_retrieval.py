"""Retrieval among drawn scenes, five short captions each, and how far it can go.

Refuses to know the protocol (`retrieval`) and how the ceiling is reckoned (`ceiling`).
"""

from collections import Counter
from collections.abc import Sequence

from vladva.benchmarks import retrieval as protocol
from vladva.benchmarks.ceiling import Likely, ceilings
from vladva.benchmarks.drawn import scenes_of
from vladva.benchmarks.exam import Exam, examine
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.retrieval import Item
from vladva.toyland.facts import Said
from vladva.toyland.scene import Scene, rng
from vladva.toyland.words import caption_facts, short_facts

COUNT = 1000
CAPTIONS = 5
TRIES = 200
"""Captions that the oracle imagines of a scene; with more it finds hardly more."""


def drawn(setup: Setup) -> tuple[list[Scene], list[tuple[int, Said]]]:
    """So many scenes, and (number of its scene, caption) of all captions."""
    scenes = scenes_of(setup, setup.items(COUNT))
    captions = [
        (number, said)
        for number, scene in enumerate(scenes)
        for said in caption_facts(
            scene,
            rng("test", setup.seed, number, "five captions"),
            CAPTIONS,
            unseen=setup.unseen_words,
        )
    ]
    return scenes, captions


def exam(scenes: list[Scene], captions: list[tuple[int, Said]]) -> Exam[Item]:
    """Every caption as an item. All are true of a scene: words alone teach nothing."""
    return Exam(scenes, [Item(number, said.text) for number, said in captions], protocol.wins)


def likelihood(scenes: Sequence[Scene], seed: int, tries: int = TRIES) -> Likely:
    """How often a scene's captions say just this, of `tries`; where never, poor scenes lead."""
    said = [
        Counter(short_facts(scene, dice) for _ in range(tries))
        for number, scene in enumerate(scenes)
        for dice in [rng("test", seed, number, "an oracle's guess")]
    ]
    return lambda number, one: 1000 * said[number][one.facts] - len(scenes[number].things)


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    scenes, captions = drawn(setup)
    figures = examine(exam(scenes, captions), models, setup.seed, progress)
    return figures | ceilings(scenes, captions, protocol.CUTS, likelihood(scenes, setup.seed))


BENCHMARK = Benchmark(
    name="toyland-retrieval",
    summary="retrieval both ways, 1,000 scenes, five captions each",
    primary_metric="image_R@1",
    drawn=True,
    default_count=COUNT,
    score=_score,
)
