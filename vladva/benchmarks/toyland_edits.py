"""Edits of drawn scenes: a picture and "the same, but at night" find the picture that follows.

The candidates are all pictures and all that follows from them: of every scene a family of more
edits than are asked for, else the picture alone would find its target among the first ten. Refuses
to know the protocol (`edits`) and how edits are made (`toyland.edits`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks import edits as protocol
from vladva.benchmarks.bags import spoken, vector_of
from vladva.benchmarks.drawn import collect
from vladva.benchmarks.edits import Item
from vladva.benchmarks.exam import with_controls
from vladva.benchmarks.metrics import percents
from vladva.benchmarks.pictures import prepared
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.scorers import COIN
from vladva.errors import Unsupported
from vladva.protocols import Encoder, Prepared, Vectors
from vladva.toyland.edits import Edit, edits
from vladva.toyland.scene import Scene, rng

COUNT = 100
KINDS = ("add", "place", "recolour", "remove", "replace", "time")
FAMILY = 4
"""How often a scene is asked for one edit of each kind; about 18 different ones come of it."""


@dataclass(frozen=True)
class Asked:
    """What an encoder made of everything: [candidates, dim], [items, dim] or None, [items, dim]."""

    candidates: Vectors
    joint: Vectors | None
    texts: Vectors


def drawn(setup: Setup) -> tuple[list[Scene], list[Item]]:
    """The candidates, and so many queries of each kind."""

    def make(scene: Scene, chance: random.Random, kinds: Sequence[str]) -> list[tuple[str, Edit]]:
        made = edits(scene, chance, len(KINDS), unseen=setup.unseen_words)
        return [(one.kind, one) for one in made if one.kind in kinds]

    scenes, found = collect(make, KINDS, setup.items(COUNT), setup)
    place = {scene: number for number, scene in enumerate(scenes)}
    for scene in scenes:
        for turn in range(FAMILY - 1):
            chance = rng("test", setup.seed, scene.index, f"family {turn}")
            for edit in edits(scene, chance, len(KINDS)):
                place.setdefault(edit.target, len(place))
    for _, _, edit in found:
        place.setdefault(edit.target, len(place))
    items = [
        Item(kind, source, edit.instruction, place[edit.target]) for kind, source, edit in found
    ]
    return list(place), items


def asked(
    encoder: Encoder, scenes: Sequence[Scene], items: Sequence[Item], progress: Progress
) -> Asked:
    """Every picture encoded alone, and with each instruction that starts from it."""
    candidates = np.empty((len(scenes), encoder.dim), np.float32)
    joint: Vectors | None = np.empty((len(items), encoder.dim), np.float32)
    done = 0
    for chunk in prepared(encoder, scenes):
        stop = done + len(chunk)
        candidates[done:stop] = encoder.encode(chunk)
        here = [n for n, item in enumerate(items) if done <= item.source < stop]
        queries = [(chunk[items[n].source - done], items[n].instruction) for n in here]
        if joint is not None and queries:
            vectors = _jointly(encoder, queries)
            if vectors is None:
                joint = None
            else:
                joint[here] = vectors
        done = stop
        progress(done, len(scenes))
    return Asked(candidates, joint, encoder.encode_texts([item.instruction for item in items]))


def _jointly(encoder: Encoder, queries: Sequence[tuple[Prepared, str]]) -> Vectors | None:
    try:
        return encoder.encode_joint(queries)
    except Unsupported:
        return None


def figures(scenes: Sequence[Scene], items: Sequence[Item], made: Asked) -> dict[str, float]:
    """`sum_…` and, where the encoder can, `joint_…`, with the controls beside them.

    Text only: the instruction's own vector, without its picture. Bag of words: the scene's bag and
    the instruction's as one, and the candidates whose bags differ from it in the fewest words.
    """
    sources = made.candidates[[item.source for item in items]]
    ways = {"sum": protocol.best_sum(items, sources, made.texts, made.candidates)}
    if made.joint is not None:
        ways["joint"] = protocol.wins(items, made.joint, made.candidates)
    blind = protocol.wins(items, made.texts, made.candidates)
    bags = protocol.wins(items, *_bags(scenes, items), coin=COIN)
    return with_controls(
        {f"{way}_{cut}": value for way in ways for cut, value in percents(ways[way]).items()},
        text_only={f"{way}_{cut}": value for way in ways for cut, value in percents(blind).items()},
        bag_of_words={
            f"{way}_{cut}": value for way in ways for cut, value in percents(bags).items()
        },
    )


def _bags(
    scenes: Sequence[Scene], items: Sequence[Item]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Queries and candidates as vectors whose product orders by how few words differ."""
    bags = np.array([vector_of(scene) for scene in scenes])
    said = np.array([spoken(item.instruction) for item in items])
    wanted = np.maximum(bags[[item.source for item in items]], said > 0)
    ones = np.ones((len(items), 1))
    return np.hstack([2 * wanted, -ones]), np.hstack([bags, bags.sum(axis=1, keepdims=True)])


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    scenes, items = drawn(setup)
    return figures(scenes, items, asked(models.encoder, scenes, items, progress))


BENCHMARK = Benchmark(
    name="toyland-edits",
    summary="picture and instruction find the picture that follows",
    primary_metric="joint_R@10",
    drawn=True,
    default_count=COUNT,
    score=_score,
)
