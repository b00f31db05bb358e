"""A run's journal → a picture of its curves: losses, recalls, ranks and learning rate by step.

Refuses to know how a run is trained; reads the JSON lines only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vladva.trainer.events import Evaluated, Step

Curve = dict[int, float]
_NO_LOSS = {"event", "t", "step", "steps", "lr", "samples_per_second", "peak_memory_bytes", "eta_s"}
_DPI = 120


@dataclass
class Panel:
    """Curves that share an axis, by name."""

    title: str
    curves: dict[str, Curve] = field(default_factory=dict)


def draw(journal: Path, png: Path) -> None:
    """Write the curves of a journal; nothing where it tells of no step.

    Where a run went on from a checkpoint, the later figure of a step counts. The file is replaced
    whole. Needs matplotlib, without a display.
    """
    panels = [panel for panel in panels_of(_lines(journal)) if any(panel.curves.values())]
    if not panels:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 2.6 * len(panels)), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, panel in zip(_axes(figure, len(panels)), panels, strict=True):
        for name, curve in panel.curves.items():
            mark = "" if len(curve) > 40 else "."
            axes.plot(list(curve), list(curve.values()), marker=mark, linewidth=1.2, label=name)
        axes.set_title(panel.title, loc="left", fontsize=10)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize=8)
        axes.set_xlabel("step")
    part = png.with_name(png.name + ".part")
    figure.savefig(part, dpi=_DPI, format="png")
    part.replace(png)


def panels_of(lines: Sequence[Mapping[str, Any]]) -> list[Panel]:
    """Events of a journal → the four panels, some maybe empty."""
    steps = [line for line in lines if line.get("event") == Step.kind]
    evaluated = [line for line in lines if line.get("event") == Evaluated.kind]
    loss, recall = Panel("loss"), Panel("held out: recall, percent")
    rank, rate = Panel("held out: median rank"), Panel("learning rate")
    for line in steps:
        for name, value in line.items():
            if name not in _NO_LOSS:
                _put(loss, name, line["step"], value)
        _put(rate, "lr", line["step"], line.get("lr"))
    for line in evaluated:
        for name, value in (line.get("metrics") or {}).items():
            panel = recall if "R@" in name else rank if "rank" in name else None
            panel = loss if name in ("log_loss", "autoregressive") else panel
            if panel is not None:
                _put(panel, f"held out: {name}" if panel is loss else name, line["step"], value)
    return [loss, recall, rank, rate]


def _put(panel: Panel, name: str, step: int, value: object) -> None:
    if isinstance(value, int | float):
        panel.curves.setdefault(name, {})[step] = float(value)


def _axes(figure: Any, count: int) -> list[Any]:
    return [figure.add_subplot(count, 1, index + 1) for index in range(count)]


def _lines(journal: Path) -> list[dict[str, Any]]:
    """Its objects in order; a line that a killed run left half written is passed over."""
    return [] if not journal.exists() else list(_objects(journal))


def _objects(journal: Path) -> Iterator[dict[str, Any]]:
    with journal.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line
