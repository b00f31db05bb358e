"""The ablation: runs by row and seed → means with intervals, beside the paper's Table 4.

Reads one JSON object a line, {"row", "seed", "metrics": {name: percent}}; the last line of a row
and seed counts. Refuses to know how a row was trained.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from vladva.benchmarks.paper import ablation

GROUPS = {
    "replace": ("replace_obj", "replace_att", "replace_rel"),
    "swap": ("swap_obj", "swap_att"),
    "add": ("add_obj", "add_att"),
}
SHOWN = (*GROUPS, "image_R@1", "text_R@1", "ITT", "TOT")
PAPER = {"replace": "replace", "swap": "swap", "add": "add"}
PAPER |= {"image_R@1": "flickr30k_T2I", "text_R@1": "flickr30k_I2T"}
"""Our metric → the paper's name of it."""
ROWS = ("zero", "soft", "lora", "both", "both + ar")
"""Our rows in the order of the paper's Table 4."""
_T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)
"""Student's t for 1 to 9 degrees of freedom, two-sided 95 %."""

Runs = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Row → seed → metric → percent."""


@dataclass(frozen=True)
class Mean:
    """A mean over seeds, half the width of its 95 % interval (NaN of one seed), how many seeds."""

    value: float
    half: float
    seeds: int

    def __str__(self) -> str:
        return f"{self.value:.1f}" + ("" if math.isnan(self.half) else f" ± {self.half:.1f}")


def read(file: Path) -> Runs:
    """The runs of a file, {} where there is none; what a killed run left half is left out."""
    runs: dict[str, dict[int, dict[str, float]]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        runs.setdefault(_name(row["row"]), {})[int(row["seed"])] = _grouped(row["metrics"])
    return runs


def mean(values: Sequence[float]) -> Mean:
    """Mean and Student's interval of some seeds.

    >>> str(mean([1.0, 2.0, 3.0]))
    '2.0 ± 2.5'
    """
    if len(values) < 2:
        return Mean(fmean(values), math.nan, len(values))
    degrees = len(values) - 1
    t = _T95[degrees - 1] if degrees <= len(_T95) else 1.96
    return Mean(fmean(values), t * stdev(values) / math.sqrt(len(values)), len(values))


def of_row(runs: Runs, row: str, metric: str) -> Mean | None:
    """The mean of a row's metric, None where no seed has it."""
    found = [metrics[metric] for metrics in runs.get(row, {}).values() if metric in metrics]
    return mean(found) if found else None


def gain(runs: Runs, before: str, after: str, metric: str) -> Mean | None:
    """What `after` gains over `before`, seed by seed: the paired difference."""
    one, other = runs.get(before, {}), runs.get(after, {})
    found = [
        other[seed][metric] - one[seed][metric]
        for seed in one
        if seed in other and metric in one[seed] and metric in other[seed]
    ]
    return mean(found) if found else None


def paper_row(row: str) -> Mapping[str, float]:
    """The paper's figures of one of `ROWS`, by our names; {} for rows that it does not have."""
    if row not in ROWS:
        return {}
    metrics = ablation()[ROWS.index(row)].metrics
    return {ours: metrics[theirs] for ours, theirs in PAPER.items()}


def in_order(runs: Runs) -> list[str]:
    """The paper's rows first, then the others as they came."""
    known = [row for row in ROWS if row in runs]
    return known + [row for row in runs if row not in known]


def _name(row: str) -> str:
    words = row.lower().replace("+", " + ").replace("_", " ").split()
    return " ".join(words).replace("soft prompt", "soft").removesuffix("-shot")


def _grouped(metrics: Mapping[str, float]) -> dict[str, float]:
    groups = {
        group: fmean(metrics[kind] for kind in kinds)
        for group, kinds in GROUPS.items()
        if all(kind in metrics for kind in kinds)
    }
    return {**metrics, **groups}
