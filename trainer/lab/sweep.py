"""Short runs at several learning rates; the best one goes on.

Every baseline is given the same rates, so that none loses for want of a fitting one. Ours. Refuses
to know what is trained.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

SHARE = 0.1
"""How long a short run is, of the whole."""


def best_rate(
    folder: Path, rates: Sequence[float], run: Callable[[float, Path], Mapping[str, float]]
) -> float:
    """The rate whose run has the highest mean of its metrics.

    Each run has its own folder in `folder`, where `sweep.json` holds rate → metrics: what stands
    there is not run again.
    """
    place = folder / "sweep.json"
    known: dict[str, dict[str, float]] = {}
    if place.exists():
        known = json.loads(place.read_text(encoding="utf-8"))
    for rate in rates:
        if str(rate) not in known:
            known[str(rate)] = dict(run(rate, folder / f"sweep-{rate}"))
            unfinished = place.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(place)
    return max(rates, key=lambda rate: _mean(known[str(rate)]))


def rates(text: str) -> list[float]:
    """Rates as an option gives them.

    >>> rates("3e-4,1e-3")
    [0.0003, 0.001]
    """
    return [float(part) for part in text.split(",")]


def _mean(metrics: Mapping[str, float]) -> float:
    return sum(metrics.values()) / max(len(metrics), 1)
