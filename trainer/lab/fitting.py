"""Which captions of a batch are true of other pictures of it too: these are no negatives of them.

"A dog" is said of one scene and true of a dozen others; to push those away from it would teach what
is false. The caption stays one that the picture is told from (`losses.Spared`). Ours. Refuses to
know pictures and losses.
"""

from collections.abc import Sequence

from vladva.benchmarks.ceiling import World as Scenes
from vladva.toyland.facts import Said
from vladva.trainer.lab.rows import Row
from vladva.trainer.lab.worlds import World, scene_of


def fitting(
    rows: Sequence[Row], world: World = "plain", *, long: bool = False
) -> list[tuple[int, int]]:
    """(row, other row): the other's caption, short or long, may be true of this row's picture.

    What is borderline counts: whatever nobody can tell is not asked of the caption. Of a caption
    whose claims are not known, nothing is known.
    """
    seen = Scenes([scene_of(row.index, world) for row in rows])
    told = [
        Said(row.long, row.long_claims) if long else Said(row.short, row.claims) for row in rows
    ]
    return [
        (here, at)
        for at, said in enumerate(told)
        if said.facts
        for here in sorted(seen.fitting(said))
        if here != at
    ]
