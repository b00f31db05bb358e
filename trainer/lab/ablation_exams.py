"""What every row of one seed is asked: the same fresh items, drawn once and looked at once.

The items, the protocols and the figures are those of `vladva.benchmarks`; only the pictures' tokens
are kept, since the eyes of a base are frozen and see the same whatever is trained behind them
(float16, as in training). Controls are left to `vladva eval`. Refuses to know rows and recipes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vladva.benchmarks import toyland_edits, toyland_retrieval, toyland_sugarcrepe
from vladva.benchmarks import toyland_sugarcrepe_pp as toyland_pp
from vladva.benchmarks.edits import Item as EditItem
from vladva.benchmarks.exam import Exam
from vladva.benchmarks.pictures import SIDE
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.scorers import of_encoder
from vladva.encoders.lvlm import LvlmEncoder
from vladva.model import Features, unit
from vladva.protocols import Vectors
from vladva.toyland.draw import draw
from vladva.toyland.scene import Scene
from vladva.trainer.lab.features import Seen, look

SEED = 7000
"""Far from the seeds of published figures and of every look beside a training."""
AT_ONCE = 64
GROUPS = {
    "replace": ("replace_obj", "replace_att", "replace_rel"),
    "swap": ("swap_obj", "swap_att"),
    "add": ("add_obj", "add_att"),
}
"""The paper's means of categories, unweighted."""


class Drawings:
    """Scenes as pixels, drawn when they are asked for."""

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self.scenes = scenes

    def __getitem__(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """int64 [n] → uint8 [n, SIDE, SIDE, 3]."""
        return np.stack([np.asarray(draw(self.scenes[number], SIDE)) for number in numbers])


@dataclass(frozen=True)
class Exams:
    """All that is asked."""

    seed: int
    exams: tuple[Exam[Any], ...]
    edited: list[Scene]
    edits: list[EditItem]

    @cached_property
    def digest(self) -> str:
        """Of every scene and every item: what was seen, and found, of others is of another exam."""
        asked = ([exam.items for exam in self.exams], self.edits)
        return blake2b(repr((self.scenes(), asked)).encode(), digest_size=6).hexdigest()

    def scenes(self) -> list[Scene]:
        """Every scene, exam after exam, those of the edits last."""
        return [scene for exam in self.exams for scene in exam.scenes] + self.edited

    def take(self, encoder: LvlmEncoder, folder: Path, *, edits: bool) -> dict[str, float]:
        """Metric → percent; `edits`: composed queries too. `folder` keeps what the eyes see."""
        scenes = self.scenes()
        seen = look(encoder, Drawings(scenes), len(scenes), folder / f"{self.seed}-{self.digest}")
        found: dict[str, float] = {}
        start = 0
        for exam in self.exams:
            numbers = range(start, start + len(exam.scenes))
            scorer = of_encoder(encoder, _alone(encoder, seen, numbers))
            found |= exam.figures(exam.wins(exam.items, scorer))
            start += len(exam.scenes)
        if edits:
            found |= self._composed(encoder, seen, start)
        means = {group: fmean(found[kind] for kind in kinds) for group, kinds in GROUPS.items()}
        return {metric: round(value, 3) for metric, value in {**found, **means}.items()}

    def _composed(self, encoder: LvlmEncoder, seen: Seen, start: int) -> dict[str, float]:
        texts = [item.instruction for item in self.edits]
        sources = [start + item.source for item in self.edits]
        made = toyland_edits.Asked(
            candidates=_alone(encoder, seen, range(start, start + len(self.edited))),
            joint=_vectors(
                sources, seen, lambda at, there: encoder.model.joint_side(there, texts[at])
            ),
            texts=encoder.encode_texts(texts),
        )
        figures = toyland_edits.figures(self.edited, self.edits, made)
        return {name: figures[name] for name in figures if name.startswith(("joint", "sum"))}


@lru_cache(maxsize=1)
def exams_of(seed: int, items: int) -> Exams:
    """`items` of each kind. Of pools, whose size makes the figure, no more than the benchmark's."""
    plain = Setup(SEED + seed, items)
    pool = Setup(SEED + seed, min(items, toyland_retrieval.COUNT))
    edited, edits = toyland_edits.drawn(Setup(SEED + seed, min(items, toyland_edits.COUNT)))
    exams = (
        toyland_sugarcrepe.exam(plain),
        toyland_pp.exam(plain),
        toyland_retrieval.exam(*toyland_retrieval.drawn(pool)),
    )
    return Exams(seed, exams, edited, edits)


def _alone(encoder: LvlmEncoder, seen: Seen, numbers: Sequence[int]) -> Vectors:
    return _vectors(numbers, seen, lambda _, there: encoder.model.image_side(there).summary)


@torch.no_grad()
def _vectors(
    numbers: Sequence[int], seen: Seen, states: Callable[[slice, Features], Tensor]
) -> Vectors:
    """Features of these pictures → unit vectors [n, dim], a few at a time."""
    made: list[Vectors] = []
    for start in range(0, len(numbers), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        made.append(unit(states(part, seen.take(list(numbers[part])))).cpu().numpy())
    return np.concatenate(made)
