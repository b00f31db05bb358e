"""The ablation for the page: its rows beside the paper's Table 4, its backbones beside 5 to 7.

Runs, means and intervals are those of `ablation_report`. Refuses to know how a row was trained.
"""

from collections.abc import Mapping
from pathlib import Path

from vladva.benchmarks.paper import ablation
from vladva.trainer.lab.ablation import alike, results
from vladva.trainer.lab.ablation_report import MEAN, THREE, Estimate, Runs, estimate, gain, runs_of

__all__ = ["MEAN", "THREE", "Estimate", "Runs", "gain"]

SHOWN = (*THREE, "image_R@1", "text_R@1", "ITT", "TOT")
PAPER = {name: name for name in THREE}
PAPER |= {"image_R@1": "flickr30k_T2I", "text_R@1": "flickr30k_I2T"}
"""Our metric → the paper's name of it."""
ROWS = ("zero", "soft", "lora", "both", "both + ar")
"""Our rows in the order of the paper's Table 4."""
BACKBONES = {"llava": "micro", "qwen2_vl": "micro-qwen2_vl"}
"""Family → the folder of its runs."""

All = Mapping[str, Runs]
"""Family → its runs, {} where there are none."""


def read(runs: Path) -> All:
    """The runs of every family, below the folder `runs`."""
    files = {name: runs / place / "ablation/results.jsonl" for name, place in BACKBONES.items()}
    return {name: runs_of(alike(list(results(file)))) for name, file in files.items()}


def of_row(runs: Runs, row: str, metric: str) -> Estimate | None:
    """The mean of a row's metric, None where no seed has it."""
    found = [metrics[metric] for metrics in runs.get(row, {}).values() if metric in metrics]
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
