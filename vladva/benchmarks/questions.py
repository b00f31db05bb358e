"""Yes/no questions: how many are answered rightly, and whether P(yes) means what it says.

Refuses to know where pictures and questions come from and who answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.metrics import Flags, percent

BINS = 15
"""Bins of confidence, of equal width (the usual number)."""

Probabilities = NDArray[np.floating]
"""P(yes), [n], 0..1."""


@dataclass(frozen=True)
class Item:
    """A question about one picture, and whether the answer is yes."""

    kind: str
    picture: int
    text: str
    answer: bool


def right(items: Sequence[Item], p_yes: Probabilities) -> Flags:
    """Which are answered rightly: "yes" is said where P(yes) > 0.5, strictly; NaN is wrong."""
    answers = np.array([item.answer for item in items], bool)
    found: Flags = ((p_yes > 0.5) == answers) & ~np.isnan(p_yes)
    return found


def figures(items: Sequence[Item], p_yes: Probabilities, kinds: Sequence[str]) -> dict[str, float]:
    """Percent right of each kind, and the calibration error `ece` over all items, in percent."""
    flags = right(items, p_yes)
    of = np.array([item.kind for item in items])
    confidence = np.nan_to_num(np.maximum(p_yes, 1 - p_yes), nan=1.0)
    shares = {kind: percent(flags[of == kind]) for kind in kinds}
    return shares | {"ece": calibration_error(flags, confidence)}


def calibration_error(flags: Flags, confidence: Probabilities) -> float:
    """Expected calibration error: the mean of |share right − mean confidence| over bins, percent.

    Bins count as much as they hold. An answer to a yes/no question is given with a confidence of
    0.5..1, and the bins divide that range (ours: over 0..1 half of them would stay empty).
    """
    if not flags.size:
        return 0.0
    bins = np.clip(((confidence - 0.5) * 2 * BINS).astype(np.int64), 0, BINS - 1)
    gaps = np.bincount(bins, flags - confidence, BINS)  # per bin: its size × its gap
    return 100 * float(np.abs(gaps).sum()) / flags.size
