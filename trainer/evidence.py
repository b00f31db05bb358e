"""What the gate saw, query by query, beside the adapter: anyone can judge it again.

Refuses to judge.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from vladva.trainer.held_out import Scores

EVIDENCE = "held_out.safetensors"


def write_evidence(folder: Path, before: Scores, after: Scores) -> None:
    """`before/…` and `after/…` arrays: `log_losses`, `pictures`, `image_ranks`, `text_ranks`."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, scores in (("before", before), ("after", after)):
        arrays[f"{name}/log_losses"] = scores.log_losses
        arrays[f"{name}/pictures"] = scores.pictures
        arrays[f"{name}/image_ranks"] = scores.ranks.image
        arrays[f"{name}/text_ranks"] = scores.ranks.text
    save_file(arrays, folder / EVIDENCE)


def read_evidence(folder: Path) -> Mapping[str, NDArray[np.generic]]:
    """What `write_evidence` wrote."""
    found: Mapping[str, NDArray[np.generic]] = load_file(folder / EVIDENCE)
    return found
