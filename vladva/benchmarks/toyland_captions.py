"""Captions of drawn scenes by the generative half of a model, judged claim by claim.

Refuses to know how a text is read and judged (`claims`). Words never trained say nothing here: the
model chooses its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vladva.benchmarks.claims import falsehood, judge, precision, recall
from vladva.benchmarks.drawn import scenes_of
from vladva.benchmarks.exam import with_controls
from vladva.benchmarks.pictures import prepared
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.toyland.scene import Scene, rng
from vladva.toyland.words import long_captions, short_captions

COUNT = 200


@dataclass(frozen=True)
class Told:
    """One long and one short caption a scene, in order."""

    long: Sequence[str]
    short: Sequence[str]


def figures(scenes: Sequence[Scene], told: Told) -> dict[str, float]:
    """Metric → percent. `fact_false`: claims of long captions that surely do not hold."""
    long, short = (
        [judge(scene, text) for scene, text in zip(scenes, texts, strict=True)]
        for texts in (told.long, told.short)
    )
    return {
        "fact_precision": precision(long),
        "fact_recall": recall(long),
        "fact_false": falsehood(long),
        "short_precision": precision(short),
    }


def captions(models: Models, scenes: Sequence[Scene], progress: Progress) -> Told:
    """What the model says, the adapter as its generator has it."""
    generator = models.generator()
    long: list[str] = []
    short: list[str] = []
    for chunk in prepared(models.encoder, scenes):
        long += generator.caption(chunk, "long")
        short += generator.caption(chunk, "short")
        progress(len(long), len(scenes))
    return Told(long, short)


def without_pictures(told: Told) -> Told:
    """The text-only control: the model's own captions, each under the next scene's picture."""
    return Told(_moved(told.long), _moved(told.short))


def _moved(texts: Sequence[str]) -> list[str]:
    return [*texts[1:], texts[0]] if len(texts) > 1 else [""] * len(texts)


def without_structure(scenes: Sequence[Scene], seed: int = 0) -> Told:
    """The bag-of-words oracle: toyland's own captions of scenes with who has which exchanged."""
    shaken = [shuffled(scene, seed, number) for number, scene in enumerate(scenes)]
    return Told(_written(shaken, seed, long_captions), _written(shaken, seed, short_captions))


def _written(scenes: Sequence[Scene], seed: int, write: Callable[..., list[str]]) -> list[str]:
    return [
        write(scene, rng("test", seed, number, "told by a bag of words"), 1)[0]
        for number, scene in enumerate(scenes)
    ]


def shuffled(scene: Scene, seed: int, number: int) -> Scene:
    """The same kinds, colours, sizes and boxes, ground and time; chance says what goes together."""
    chance = rng("test", seed, number, "bag of words")
    things = scene.things
    order = range(len(things))
    colours, sizes, places = (chance.sample(order, len(things)) for _ in range(3))
    mixed = [
        replace(
            thing,
            colour=things[colours[i]].colour,
            size=things[sizes[i]].size,
            box=things[places[i]].box,
            depth=things[places[i]].depth,
        )
        for i, thing in enumerate(things)
    ]
    return replace(scene, things=tuple(sorted(mixed, key=lambda thing: thing.depth)))


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    scenes = scenes_of(setup, setup.items(COUNT))
    told = captions(models, scenes, progress)
    return with_controls(
        figures(scenes, told),
        text_only=figures(scenes, without_pictures(told)),
        bag_of_words=figures(scenes, without_structure(scenes, setup.seed)),
    )


BENCHMARK = Benchmark(
    name="toyland-captions",
    summary="generated captions: what holds, how much is told",
    primary_metric="fact_recall",
    drawn=True,
    default_count=COUNT,
    score=_score,
)
