"""The ablation: runs by row and seed → means with intervals, beside the paper's Table 4.

Reads one JSON object a line, {"row", "seed", "metrics": {name: percent}}; the last line of a row
and seed counts. Refuses to know how a row was trained.
"""

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

from vladva.benchmarks.paper import ablation
from vladva.trainer.lab.ablation import alike, results
from vladva.trainer.lab.ablation_report import Estimate, estimate

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

Runs = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Row → seed → metric → percent."""


def read(file: Path) -> Runs:
    """The runs of a file that may be compared with its last one, {} where there is no file."""
    runs: dict[str, dict[int, dict[str, float]]] = {}
    for row in alike(list(results(file))):
        runs.setdefault(_name(row["row"]), {})[int(row["seed"])] = _grouped(row["metrics"])
    return runs


def of_row(runs: Runs, row: str, metric: str) -> Estimate | None:
    """The mean of a row's metric, None where no seed has it."""
    found = [metrics[metric] for metrics in runs.get(row, {}).values() if metric in metrics]
    return estimate(found) if found else None


def gain(runs: Runs, before: str, after: str, metric: str) -> Estimate | None:
    """What `after` gains over `before`, seed by seed: the paired difference."""
    one, other = runs.get(before, {}), runs.get(after, {})
    found = [
        other[seed][metric] - one[seed][metric]
        for seed in one
        if seed in other and metric in one[seed] and metric in other[seed]
    ]
    return estimate(found) if found else None


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
