"""Which captions of a batch are true of other pictures of it too: these are no negatives of them.

"A dog" is said of one scene and true of a dozen others; to push those away from it would teach what
is false. The caption stays one that the picture is told from (`losses.Spared`). Ours. Refuses to
know pictures and losses.
"""

from collections.abc import Sequence

from vladva.benchmarks.ceiling import World
from vladva.toyland.facts import Said
from vladva.toyland.invent import invent
from vladva.trainer.lab.rows import Row
from vladva.trainer.lab.scenes import SEED


def fitting(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """(row, other row): the other's short caption may be true of this row's picture.

    What is borderline counts: whatever nobody can tell is not asked of the caption. Of a caption
    whose claims are not known, nothing is known.
    """
    world = World([invent("train", SEED, row.index) for row in rows])
    return [
        (here, at)
        for at, row in enumerate(rows)
        if row.claims
        for here in sorted(world.fitting(Said(row.short, row.claims)))
        if here != at
    ]
