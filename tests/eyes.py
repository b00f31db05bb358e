"""A model that only looks, for the feature cache: no checkpoint, no transformers.

python tests/eyes.py FOLDER      build the cache of FOLDER/x.jsonl, a picture at a time
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from rows_on_disk import Shrink

from vladva.model import Features, VladVA
from vladva.protocols import Prepared
from vladva.trainer.data import Routing, open_data
from vladva.trainer.features import build


class Eyes:
    """A picture is as many tokens as its upper left sample says, all alike."""

    device = torch.device("cpu")

    def look(self, pictures: Sequence[Prepared]) -> Features:
        """Pictures of `Shrink` → features of width 8."""
        values: list[Any] = [picture["pixel_values"] for picture in pictures]
        counts = tuple(int(value[0, 0, 0]) % 5 + 1 for value in values)
        tokens = [np.full((n, 8), v.mean()) for n, v in zip(counts, values, strict=True)]
        return Features(torch.from_numpy(np.concatenate(tokens)).float(), counts)


def main() -> None:
    """Build and say how far it is."""
    folder = Path(sys.argv[1])
    data = open_data(folder / "x.jsonl", Routing())
    rows = np.arange(len(data))
    eyes = cast("VladVA", Eyes())
    for event in build(
        eyes, data, rows, Shrink(), folder / "features", key="k", batch=1, workers=0
    ):
        sys.stdout.write(f"{getattr(event, 'done', None)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
