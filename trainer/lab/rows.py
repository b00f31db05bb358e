"""What one drawn scene gives the joint step: captions, false texts, paraphrases, an edit.

All of it follows from the row's number, and is made in a loader's workers. Seen wordings only, and
no pair of colour and kind that is held out. Ours. Refuses to know pictures and models.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DataLoader, Dataset

from vladva.toyland.facts import Fact, Said
from vladva.toyland.negatives import KINDS_OF_NEGATIVE, Negative, negatives
from vladva.toyland.scene import Scene
from vladva.toyland.voice import Voice
from vladva.toyland.words import caption_facts, long_facts, paraphrases, turned
from vladva.trainer.lab.edits import edit_of
from vladva.trainer.lab.worlds import World, scene_of

HARD = 0.5
"""How often the short caption is the true twin of the first false text."""
LATE = {"replace_rel": 12.0, "swap_obj": 8.0, "swap_att": 3.0}
"""How much likelier to be tried first. Few scenes offer these, a quarter the first and less than a
half the second, and what they teach, who stands where and has what, is learned last."""
RELATIONAL = ("replace_rel", "swap_obj")
"""What only a scene with a clear relation offers."""
DRAWN = 2
"""False texts that are made of a scene at least, wanted or not: the captions hang on them."""


@dataclass(frozen=True)
class Wants:
    """What a row shall hold beside its short caption."""

    long: bool = True
    negatives: int = 0
    """False texts, at most; a scene may offer fewer."""
    pairs: bool = False
    edits: int = 0
    """Scenes with a number below this give an edit too."""
    relations: bool = False
    """Whether a scene that offers no relation gives way to the next one that does."""
    world: World = "plain"


@dataclass(frozen=True)
class Row:
    """The words of one scene. `pairs` say the same; `edit` is an instruction."""

    index: int
    short: str
    long: str = ""
    negatives: tuple[str, ...] = ()
    twins: tuple[tuple[str, str], ...] = ()
    """True texts, each with the false one that differs from it in one point."""
    pairs: tuple[tuple[str, str], ...] = ()
    edit: str | None = None
    claims: tuple[Fact, ...] = ()
    """What the short caption says,"""
    long_claims: tuple[Fact, ...] = ()
    """and the long one."""


class Rows(Dataset[Row]):
    """Row by number: round x `count` + scene; each round says it otherwise."""

    def __init__(self, count: int, wants: Wants) -> None:
        self.count, self.wants = count, wants

    def __getitem__(self, number: int) -> Row:
        index = number % self.count
        if self.wants.relations:
            index = self._offering(index)
        return row(index, random.Random(number), self.wants)

    def _offering(self, index: int) -> int:
        """The first scene from `index` on that offers a relation; `index` where none does."""
        for step in range(self.count):
            at = (index + step) % self.count
            scene = scene_of(at, self.wants.world)
            if negatives(scene, random.Random(at), list(RELATIONAL)):
                return at
        return index


def loader(rows: Rows, numbers: Sequence[list[int]], workers: int) -> DataLoader[list[Row]]:
    """Batches of rows in the order of `numbers`, made ahead by `workers` processes."""
    ahead: dict[str, Any] = {"prefetch_factor": 8} if workers else {}
    return DataLoader(
        rows,  # type: ignore[arg-type] # a batch of rows is a list of them
        batch_sampler=numbers,
        num_workers=workers,
        collate_fn=list,
        **ahead,
    )


def row(index: int, rng: random.Random, wants: Wants) -> Row:
    """The words of one training scene.

    The captions are the same whatever else is wanted, so that runs which are compared hear alike.
    """
    scene = scene_of(index, wants.world)
    false = some_negatives(scene, rng, max(DRAWN, wants.negatives))
    twin = bool(false) and rng.random() < HARD
    edit = edit_of(index, wants.world) if index < wants.edits else None
    said = false[0].positive if twin else caption_facts(scene, rng, 1)[0]
    # What follows it hangs on it, too; where nothing does, it is a third of a row's time.
    long = long_facts(scene, rng, 1)[0] if wants.long or wants.pairs else Said("", ())
    kept = false[: wants.negatives]
    return Row(
        index=index,
        short=said.text,
        long=long.text if wants.long else "",
        negatives=tuple(each.negative.text for each in kept),
        twins=tuple((each.positive.text, each.negative.text) for each in kept),
        pairs=_pairs(scene, rng, kept) if wants.pairs else (),
        edit=edit.instruction if edit else None,
        claims=said.facts,
        long_claims=long.facts if wants.long else (),
    )


def some_negatives(scene: Scene, rng: random.Random, n: int) -> list[Negative]:
    """Up to `n` negatives of different kinds, tried in random order, in which `LATE` ones lead."""
    found: list[Negative] = []
    order = {kind: rng.random() ** (1 / LATE.get(kind, 1.0)) for kind in KINDS_OF_NEGATIVE}
    for kind in sorted(order, key=order.__getitem__, reverse=True):
        if len(found) == n:
            break
        found += negatives(scene, rng, [kind])
    return found


def _pairs(
    scene: Scene, rng: random.Random, false: Sequence[Negative]
) -> tuple[tuple[str, str], ...]:
    """Paraphrases of true texts and of their false twins: in a batch, each is the other's negative.

    Who stands where is told apart among texts long before it is told apart in pictures, and not in
    pictures before. Of the scene alone where it has no such twins.
    """
    if not false:
        return tuple(paraphrases(scene, rng, 1))
    said = [text for each in false for text in (each.positive, each.negative)]
    pairs = [(each.text, _otherwise(each, rng)) for each in said]
    return tuple(pair for pair in pairs if pair[0] != pair[1])


def _otherwise(said: Said, rng: random.Random) -> str:
    """The same claims in another wording and the other order."""
    return Voice(rng).caption([turned(fact, rng) for fact in reversed(said.facts)])
