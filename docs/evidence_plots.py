"""The plots of the page of evidence, as PNG files. Refuses to know where figures come from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import evidence_ablation as runs_of
from evidence_figures import CONTESTANTS
from evidence_goals import KINDS, Records, figure, share
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vladva.benchmarks.paper import paper_tables

COLOURS = {
    "mini": "#5b3df5",
    "zero-shot": "#b9b3d9",
    "clip-mini": "#e07a2f",
    "NegCLIP-mini": "#c9a227",
    "E5-V-mini": "#2a9d8f",
}
Bars = Mapping[str, Sequence[float | None]]
"""Contestant → one height a group, percent."""


def save_all(records: Records, runs: runs_of.Runs, folder: Path) -> list[str]:
    """Every plot that has figures → the names of the files."""
    made = []
    if any("toyland-sugarcrepe" in record.results for record in records.values()):
        made.append(_sugarcrepe(records, folder / "evidence_sugarcrepe.png"))
    if any("toyland-retrieval" in record.results for record in records.values()):
        made.append(_retrieval(records, folder / "evidence_retrieval.png"))
    if runs:
        made.append(_ablation(runs, folder / "evidence_ablation.png"))
    return made


def _sugarcrepe(records: Records, file: Path) -> str:
    (table,) = paper_tables("toyland-sugarcrepe")
    ours = {
        name: [figure(records, name, "toyland-sugarcrepe", kind) for kind in KINDS]
        for name in records
    }
    paper = {
        one.name: [table.rows.get(one.paper, {}).get(kind) for kind in KINDS] for one in CONTESTANTS
    }
    labels = [kind.replace("_", "\n") for kind in KINDS]
    figure_ = Figure(figsize=(12, 3.9))
    axes = figure_.subplots(1, 2, sharey=True)
    _bars(axes[0], ours, labels, "ours: drawn scenes")
    _bars(axes[1], paper, labels, "the paper: SugarCrepe")
    for ax in axes:
        ax.axhline(50, color="#999999", linewidth=0.8, linestyle=":")
    axes[0].set_ylabel("percent right (chance 50)")
    _legend(figure_)
    return _saved(figure_, file)


def _retrieval(records: Records, file: Path) -> str:
    metrics = ("image_R@1", "text_R@1", "image_R@10", "text_R@10")
    table = paper_tables("toyland-retrieval")[0]
    ours = {
        name: [share(record.results.get("toyland-retrieval", {}), metric) for metric in metrics]
        for name, record in records.items()
    }
    paper = {
        one.name: [table.rows.get(one.paper, {}).get(metric) for metric in metrics]
        for one in CONTESTANTS
    }
    figure_ = Figure(figsize=(12, 3.9))
    axes = figure_.subplots(1, 2, sharey=True)
    _bars(axes[0], ours, metrics, "ours: drawn scenes, share of the ceiling")
    _bars(axes[1], paper, metrics, f"the paper: {table.title}")
    axes[0].set_ylabel("percent")
    _legend(figure_)
    return _saved(figure_, file)


def _ablation(runs: runs_of.Runs, file: Path) -> str:
    rows = runs_of.in_order(runs)
    figure_ = Figure(figsize=(12, 3.4))
    axes = figure_.subplots(1, 3, sharey=True)
    for ax, group in zip(axes, runs_of.THREE, strict=True):
        means = [runs_of.of_row(runs, row, group) for row in rows]
        at = [i for i, mean in enumerate(means) if mean is not None]
        values = [mean.value for mean in means if mean is not None]
        halves = [0.0 if mean.half != mean.half else mean.half for mean in means if mean]
        ax.errorbar(at, values, halves, fmt="o", color=COLOURS["mini"], capsize=3, label="ours")
        theirs = [(i, runs_of.paper_row(row).get(group)) for i, row in enumerate(rows)]
        known = [(i, value) for i, value in theirs if value is not None]
        if known:
            ax.plot(*zip(*known, strict=True), "x--", color="#888888", label="the paper")
        ax.set_xticks(range(len(rows)), rows, rotation=30, ha="right", fontsize=8)
        ax.set_title(group, fontsize=10)
        _plain(ax)
    axes[0].set_ylabel("percent, 95 % intervals over seeds")
    axes[0].legend(fontsize=8)
    return _saved(figure_, file)


def _bars(ax: Axes, groups: Bars, labels: Sequence[str], title: str) -> None:
    shown = {name: row for name, row in groups.items() if any(v is not None for v in row)}
    width = 0.8 / max(1, len(shown))
    for place, (name, row) in enumerate(shown.items()):
        at = [i + (place - (len(shown) - 1) / 2) * width for i in range(len(row))]
        heights = [value or 0.0 for value in row]
        ax.bar(at, heights, width, label=name, color=COLOURS.get(name, "#888888"))
    ax.set_xticks(range(len(labels)), labels, fontsize=8)
    ax.set_title(title, fontsize=10)
    ax.set_ylim(0, 100)
    _plain(ax)


def _legend(figure_: Figure) -> None:
    """Ours and the paper's system of the same colour."""
    handles = [
        Patch(color=COLOURS[one.name], label=f"{one.name} | {one.paper}") for one in CONTESTANTS
    ]
    figure_.legend(handles=handles, loc="lower center", ncols=len(handles), fontsize=7)


def _plain(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#eeeeee")
    ax.set_axisbelow(True)


def _saved(figure_: Figure, file: Path) -> str:
    figure_.tight_layout(rect=(0, 0.07, 1, 1))
    figure_.savefig(file, dpi=110, metadata={"Software": None})
    return file.name
