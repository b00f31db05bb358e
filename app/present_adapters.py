"""The adapters of a library as rows and as a table, and what it takes to search with one.

Refuses to know how they are kept.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vladva.app.adapters import NONE, PACKAGED, Adapters, Change, Kept
from vladva.app.cost import Cost
from vladva.app.plain import printable
from vladva.app.sources import Source, source_of
from vladva.indexes.library import Library

Row = dict[str, Any]
EMPTY = "No adapter yet: `vladva train DATA --out DIR` makes one."
_SHOWN = ("image_R@10", "text_R@10")


def program(library: Path | None, *words: str) -> str:
    """A call of the program as a person types it, with the library that was named."""
    options = () if library is None else ("--library", str(library))
    return shlex.join(("vladva", *options, *words))


def adapter_rows(library: Library) -> list[Row]:
    """The objects of `adapters --json`: in use, and whether the vectors searched are by it."""
    adapters = Adapters(library)
    active = library.active()
    searched = source_of(library, active) if active else None
    return [_row(kept, adapters, searched) for kept in adapters.all()]


def adapters_table(rows: list[Row]) -> str:
    """Name, base, verdict, held-out metrics, date, in use."""
    if not rows:
        return EMPTY
    cells = [
        ("name", "base", "verdict", "held out", "date", "in use"),
        *(_cells(row) for row in rows),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join(lines)


def change_lines(change: Change, cost: Cost | None, library: Path | None) -> str:
    """What is in use from now on, what was before, and what is left to do."""
    was = "" if change.before == change.after else f" (before: {said(change.before)})"
    line = f"For {change.model}, {said(change.after)} is in use from now on{was}."
    return f"{line}\n{cost_lines(cost, library)}"


def cost_lines(cost: Cost | None, library: Path | None) -> str:
    """What it takes until the library is searched with a choice."""
    if cost is None:
        return "The library is searched with it already."
    words = ["index", cost.folder or "FOLDER", *(("--model", cost.model) if cost.model else ())]
    command = printable(program(library, *words))
    if not cost.photos:
        return f"The next index run takes it:\n  {command}"
    if cost.kept_vectors:
        return f"Its vectors are there from before; this brings them up to date:\n  {command}"
    return (
        f"The library's {cost.photos:,} photos have to be embedded anew; until that is done, "
        f"search goes on with the old vectors:\n  {command}"
    )


def said(choice: str) -> str:
    """A choice in a sentence."""
    special = {PACKAGED: "what comes with it", NONE: "no adapter"}
    return special.get(choice, printable(choice))


def metrics_line(metrics: Mapping[str, float], names: tuple[str, ...] = _SHOWN) -> str:
    """`image_R@10 61.0, text_R@10 58.5`: those of these names, or the first two."""
    shown = [name for name in names if name in metrics] or list(metrics)[:2]
    return ", ".join(f"{name} {metrics[name]:.1f}" for name in shown)


def _row(kept: Kept, adapters: Adapters, searched: Source | None) -> Row:
    return {
        "name": kept.name,
        "model": kept.model,
        "verdict": kept.verdict,
        "metrics": dict(kept.metrics),
        "date": kept.date,
        "in_use": adapters.chosen(kept.model) == kept.name,
        "searched": searched is not None and searched.uses(kept.model, kept.name),
        "folder": str(kept.folder),
    }


def _cells(row: Row) -> tuple[str, ...]:
    model = Path(row["model"])
    use = {(True, True): "yes", (True, False): "after `vladva index`", (False, True): "until then"}
    return (
        printable(row["name"]),
        printable(model.name if model.is_absolute() else row["model"]),
        row["verdict"] or "–",
        metrics_line(row["metrics"]) or "–",
        (row["date"] or "–")[:10],
        use.get((row["in_use"], row["searched"]), ""),
    )
