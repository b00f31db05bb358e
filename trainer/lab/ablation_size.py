"""How much data every row of an ablation is given, decided by one row before any is run.

The first size of a fixed ladder at which the row reaches the band: below it nothing is learned
yet, above it nothing is left to gain. Where the ladder jumps over the band, or ends below it, the
size nearest to its middle is taken, and `in_band` says so. Ours. Refuses to know how a row is run.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vladva.trainer.lab.ablation_base import write

BAND = (65.0, 80.0)
"""Percent of the swap kinds."""
LADDER = (2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000)
SEED = 100
"""A seed of no row."""
FILE = "size.json"


def chosen(place: Path, base: str) -> int | None:
    """The size that was chosen for this base, None where none was."""
    facts = _read(place / FILE)
    scenes = facts.get("scenes") if facts.get("base") == base else None
    return None if scenes is None else int(scenes)


def search(place: Path, base: str, swap: Callable[[int], float]) -> int:
    """Go up the ladder, one run a size, until the row is in the band or above.

    `size.json` holds what was tried, so a search goes on; one that ended is not made again.
    """
    known = chosen(place, base)
    if known is not None:
        return known
    facts = _read(place / FILE)
    tried: dict[str, float] = facts["tried"] if facts.get("base") == base else {}
    facts = {"base": base, "band": list(BAND), "seed": SEED, "scenes": None, "tried": tried}
    for scenes in LADDER:
        if any(value >= BAND[0] for value in tried.values()):
            break
        if str(scenes) not in tried:
            tried[str(scenes)] = swap(scenes)
            write(place / FILE, facts)
    best = nearest(tried)
    within = BAND[0] <= tried[best] <= BAND[1]
    write(place / FILE, {**facts, "scenes": int(best), "in_band": within})
    return int(best)


def nearest(tried: Mapping[str, float]) -> str:
    """The size whose value is nearest to the middle of the band."""
    return min(tried, key=lambda scenes: abs(tried[scenes] - sum(BAND) / 2))


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return facts
