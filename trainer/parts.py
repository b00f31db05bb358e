"""DATA → what is trained on and what is held out.

Refuses to know models.
"""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from vladva.errors import DataError
from vladva.trainer.config import TrainConfig
from vladva.trainer.data import open_data
from vladva.trainer.examples import Data, Numbers, Routing
from vladva.trainer.order import Rows, split

LEAST_HELD_OUT = 20
"""Pictures that are held out at least where the data has twice as many: the gate needs them."""


@dataclass(frozen=True)
class Parts:
    """Rows of `data` to train on, rows of `held_data` to judge by."""

    data: Data
    rows: Rows
    held_data: Data
    held_rows: Rows

    def names(self) -> dict[str, str]:
        """A short name for each part, from its pictures."""
        return {
            "training data": _digest(self.data.pictures[self.rows]),
            "held-out part": _digest(self.held_data.pictures[self.held_rows]),
        }


def part(path: Path, config: TrainConfig) -> Parts:
    """Open and divide. Raises `DataError` where too little is left to train on."""
    told = config.data
    routing = Routing(
        short_words=told.short_words,
        join=told.join_captions,
        captionless=config.captions.generate,
    )
    data = open_data(path, routing, told.allow_bad)
    if told.held_out_file is not None:
        beside = path if path.is_dir() else path.parent
        held = open_data(beside / told.held_out_file, routing, told.allow_bad)
        rows = np.flatnonzero(~np.isin(data.pictures, held.pictures))  # never both
        parts = Parts(data, rows, held, np.arange(len(held)))
    else:
        rows, held_rows = split(data.pictures, told.held_out, config.run.seed, LEAST_HELD_OUT)
        parts = Parts(data, rows, data, held_rows)
    check_enough(path, len(parts.rows))
    return parts


def check_enough(path: Path, rows: int) -> None:
    """Raises `DataError` where `rows` are too few for a contrast."""
    if rows < 2:
        raise DataError(
            f"{path} leaves {rows} rows to train on",
            "a contrast needs 2, a run hundreds: more pictures that can be read, with captions",
        )


def _digest(numbers: Numbers) -> str:
    return blake2b(numbers.tobytes(), digest_size=16).hexdigest()
