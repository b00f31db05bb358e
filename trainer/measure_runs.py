"""What a second run does better than a first one, on the same held-out pictures.

    python -m vladva.trainer.measure_runs runs/flickr8k-contrast runs/flickr8k

Reads what each gate saw (`held_out.safetensors`): nothing is computed by a model. Paired bootstrap
over pictures. One JSON object a metric on stdout. Ours.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vladva.errors import DataError
from vladva.trainer.evidence import read_evidence

RESAMPLES = 2000
Ranks = NDArray[np.int64]
"""[pictures, queries of each], from 1."""


@dataclass(frozen=True)
class Compared:
    """A metric of both runs, and `second` - `first` with its 95 % interval."""

    metric: str
    first: float
    second: float
    difference: float
    low: float
    high: float


def _median_rank(ranks: Ranks) -> float:
    return float(np.median(ranks))


def _recall_at_10(ranks: Ranks) -> float:
    return float(100 * (ranks <= 10).mean())


METRICS: dict[str, tuple[str, Callable[[Ranks], float]]] = {
    "image_median_rank": ("image_ranks", _median_rank),
    "image_R@10": ("image_ranks", _recall_at_10),
    "text_median_rank": ("text_ranks", _median_rank),
    "text_R@10": ("text_ranks", _recall_at_10),
}


def compare(first: Path, second: Path, seed: int = 0) -> list[Compared]:
    """Compare the adapters of two runs. Raises `DataError` where they saw different pictures."""
    one, other = read_evidence(first), read_evidence(second)
    pictures = one["after/pictures"]
    if not np.array_equal(pictures, other["after/pictures"]):
        raise DataError(
            f"{first} and {second} were held against different pictures",
            "train both with the same data.held_out_file and run.seed",
        )
    sizes = np.unique(pictures, return_counts=True)[1]
    if len(set(sizes.tolist())) != 1:
        raise DataError(
            "the held-out pictures have different numbers of captions",
            "give each of them as many",
        )
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(sizes), (RESAMPLES, len(sizes)))
    return [_compared(metric, one, other, len(sizes), drawn) for metric in METRICS]


def _compared(
    metric: str,
    one: Mapping[str, NDArray[np.generic]],
    other: Mapping[str, NDArray[np.generic]],
    count: int,
    drawn: NDArray[np.int64],
) -> Compared:
    name, measure = METRICS[metric]
    ranks = [_by_picture(side, name, count) for side in (one, other)]
    first, second = map(measure, ranks)
    changes = [measure(ranks[1][rows]) - measure(ranks[0][rows]) for rows in drawn]
    low, high = np.percentile(changes, [2.5, 97.5])
    return Compared(metric, first, second, second - first, float(low), float(high))


def _by_picture(side: Mapping[str, NDArray[np.generic]], name: str, count: int) -> Ranks:
    """Ranks [pictures, queries of each]."""
    ranks: Ranks = side[f"after/{name}"].astype(np.int64)
    if len(ranks) == count:
        return ranks[:, None]
    order = np.argsort(side["after/pictures"], kind="stable")
    return ranks[order].reshape(count, -1)


def main() -> None:
    """Parse the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    options = parser.parse_args()
    for found in compare(options.first, options.second):
        sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
