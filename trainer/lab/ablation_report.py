"""The ablation as two tables: the mean of every row, and what it gains over another.

Intervals are Student's, 95 %, over the paired differences of the seeds: a row and the one that it
is held against saw the same scenes and were asked the same items, so what a seed makes easy or hard
falls out. Refuses to know how rows are trained and judged.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from vladva.trainer.lab.ablation_rows import ROWS

T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Two-sided 95 % quantiles of Student's t for 1 to 10 degrees of freedom; beyond, the last."""
MEAN = "three"
"""The mean of replace, swap and add, by which the order of the rows is judged."""
THREE = ("replace", "swap", "add")
SHOWN = (MEAN, *THREE, "image_R@1", "text_R@1", "ITT", "TOT", "joint_R@10")

Runs = Mapping[str, Mapping[int, Mapping[str, float]]]
"""Row → seed → metric → percent."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds and half the width of its interval, NaN of one seed."""

    value: float
    half: float
    seeds: int

    def __str__(self) -> str:
        return f"{self.value:.1f}" + ("" if math.isnan(self.half) else f" ± {self.half:.1f}")

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.value - self.half > 0

    @property
    def below_zero(self) -> bool:
        """Whether the whole interval is."""
        return self.value + self.half < 0


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and interval.

    >>> round(estimate([1.0, 2.0, 3.0]).half, 2)
    2.48
    """
    n = len(values)
    if n < 2:
        return Estimate(fmean(values), math.nan, n)
    t = T95[min(n - 2, len(T95) - 1)]
    return Estimate(fmean(values), t * stdev(values) / math.sqrt(n), n)


def runs_of(results: Sequence[Mapping[str, Any]]) -> Runs:
    """Results by row and seed; of the same the last one counts."""
    runs: dict[str, dict[int, dict[str, float]]] = {}
    for result in results:
        metrics = dict(result["metrics"])
        metrics[MEAN] = fmean(metrics[name] for name in THREE)
        runs.setdefault(result["row"], {})[int(result["seed"])] = metrics
    return runs


def gain(runs: Runs, row: str, against: str, metric: str) -> Estimate | None:
    """What a row gains over another on the seeds that both have; None where there are none."""
    one, other = runs.get(row, {}), runs.get(against, {})
    seeds = [seed for seed in one if metric in one[seed] and metric in other.get(seed, {})]
    found = [one[seed][metric] - other[seed][metric] for seed in seeds]
    return estimate(found) if found else None


def report(results: Sequence[Mapping[str, Any]]) -> str:
    """Both tables as Markdown."""
    runs = runs_of(results)
    parts = [
        "Mean over seeds, percent.",
        *_table(("row", *SHOWN, "seeds", "contrast"), _means(runs, results)),
    ]
    parts += ["", "Paired gain over another row, 95 % interval over seeds (Student's t)."]
    parts += _table(("row", "over", *SHOWN, "seeds"), _gains(runs))
    return "\n".join(parts) + "\n"


def _means(runs: Runs, results: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    for row in ROWS:
        seeds = runs.get(row.name)
        if seeds:
            cells = [_mean([m[name] for m in seeds.values() if name in m]) for name in SHOWN]
            told = [r["losses"] for r in results if r["row"] == row.name and r.get("losses")]
            contrast = [one["contrastive"] for one in told if "contrastive" in one]
            last = f"{fmean(contrast):.3f}" if contrast else ""
            yield [row.name, *cells, str(len(seeds)), last]


def _mean(values: Sequence[float]) -> str:
    return f"{fmean(values):.1f}" if values else ""


def _gains(runs: Runs) -> Iterator[list[str]]:
    for row in ROWS:
        found = {name: gain(runs, row.name, row.against, name) for name in SHOWN}
        seeds = max((each.seeds for each in found.values() if each), default=0)
        if seeds:
            cells = [_signed(each) if each else "" for each in found.values()]
            yield [row.name, row.against, *cells, str(seeds)]


def _signed(found: Estimate) -> str:
    """Marked where the interval leaves 0 out."""
    half = "" if math.isnan(found.half) else f" ± {found.half:.1f}"
    sure = " *" if found.above_zero or found.below_zero else ""
    return f"{found.value:+.1f}{half}{sure}"


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
