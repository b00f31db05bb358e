"""Classification on drawn scenes: one thing alone, and the names of all kinds as labels.

Refuses to know the protocol (`classify`).
"""

from dataclasses import replace
from functools import partial

from vladva.benchmarks import classify as protocol
from vladva.benchmarks.classify import Item
from vladva.benchmarks.exam import Exam, examine
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.toyland.invent import Wish, held_out_pairs, invent
from vladva.toyland.scene import KINDS, Scene
from vladva.toyland.voice import wordings

COUNT = 20


def labels(*, unseen: bool = False) -> list[list[str]]:
    """Each kind in every wording in which a thing is named, or in the held-out ones."""
    templates = sorted(set(wordings()["things"]["unseen" if unseen else "seen"]))
    return [[_filled(template, kind) for template in templates] for kind in KINDS]


def _filled(template: str, kind: str) -> str:
    article = "an" if kind[0] in "aeiou" else "a"
    return template.replace("{is}", "is").replace("{x}", f"{article} {kind}")


def exam(setup: Setup) -> Exam[Item]:
    """So many pictures of each kind; with `unseen`, of the kinds that have a held-out colour."""
    rare = {kind: colour for colour, kind in held_out_pairs()}
    named = labels(unseen=setup.unseen_words)
    scenes: list[Scene] = []
    items: list[Item] = []
    for label, kind in enumerate(KINDS):
        if setup.unseen and kind not in rare:
            continue
        for number in range(setup.items(COUNT)):
            wish = Wish(kind, rare[kind] if setup.unseen else None)
            items.append(Item(len(scenes), label))
            scenes.append(_alone(wish, setup.seed, number))
    return Exam(
        scenes, items, partial(protocol.wins, named), lessons=partial(protocol.lessons, named)
    )


def _alone(wish: Wish, seed: int, index: int) -> Scene:
    """A scene of which only the thing that was wished for is left."""
    scene = invent("test", seed, index, wanted=(wish,))
    thing = next(
        thing
        for thing in scene.things
        if thing.kind == wish.kind and wish.colour in (None, thing.colour)
    )
    return replace(scene, things=(replace(thing, depth=0, id=0),))


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    return examine(exam(setup), models, setup.seed, progress)


BENCHMARK = Benchmark(
    name="toyland-classify",
    summary="one thing alone: which of all kinds is it",
    primary_metric="top1",
    drawn=True,
    default_count=COUNT,
    score=_score,
)
