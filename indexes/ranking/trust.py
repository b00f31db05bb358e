"""How far a model's yes and no may be believed: weights of stage two, and how often it is right.

Measured on drawn scenes and kept beside the model's weights, for the very encoder they were made
with. Refuses to know how they are made, and what follows from them.
"""

from dataclasses import dataclass
from pathlib import Path

from vladva.errors import ConfigError
from vladva.indexes.ranking.calibrate import FILE, read_told
from vladva.indexes.ranking.fuse import Fusion
from vladva.protocols import Encoder


@dataclass(frozen=True, slots=True)
class Trust:
    """`accuracy`: the share of yes/no questions about drawn scenes that it answers rightly."""

    weights: Fusion
    accuracy: float


def packaged_trust(encoder: Encoder) -> Trust | None:
    """What lies in `FILE` of the encoder's own folder.

    None where nothing was measured, and where the file is damaged: then nothing is known.
    """
    folder = getattr(encoder, "folder", None)
    if not isinstance(folder, Path) or not (folder / FILE).is_file():
        return None
    try:
        told = read_told(folder / FILE)
        if told.get("fingerprint") != encoder.fingerprint or "fusion" not in told:
            return None
        weights = Fusion.from_json(told["fusion"])
    except ConfigError:
        return None
    accuracy = told.get("accuracy", 0.0)
    whole = type(accuracy) in (int, float) and 0 <= accuracy <= 1
    return Trust(weights, float(accuracy)) if whole else None
