"""Figures of benchmarks as text: each metric beside its controls, and beside the paper's.

Takes plain outcomes; refuses to know how they were measured.
"""

from collections.abc import Iterable, Mapping, Sequence

from vladva.app.evaluation import Outcome
from vladva.app.plain import printable
from vladva.benchmarks.paper import PaperTable, paper_tables, source

CONTROLS = {"_text_only": "text only", "_bag_of_words": "bag of words", "_ceiling": "ceiling"}
"""Ending of a control's key → the head of its column."""
KEPT = {
    "CLIP (ViT-B)": "CLIP-B",
    "NegCLIP": "NegCLIP",
    "LLaVA-1.5-7B": "LLaVA",
    "E5-V (LLaVA-1.5-7B)": "E5-V",
    "VladVA (LLaVA-1.5-7B)": "VladVA",
}
"""The paper's systems that stand where our baselines do → the heads of their columns."""
_NONE = "–"


def benchmark_list(rows: Iterable[tuple[str, str]]) -> str:
    """Names with one line each."""
    return "\n".join(f"{name:<24}{summary}" for name, summary in rows)


def table(outcome: Outcome) -> str:
    """Metric, value, and whatever controls there are; the reason where there are no figures."""
    if outcome.metrics is None:
        hint = f"\n  {outcome.hint}" if outcome.hint else ""
        return printable(f"skipped {outcome.benchmark}: {outcome.reason}") + hint
    shown = split(outcome.metrics)
    heads = [head for head in CONTROLS.values() if any(head in row for row in shown.values())]
    stages = {head: figures for head, figures in _stages(outcome).items() if figures}
    lines = [f"{outcome.benchmark:<24}{'percent':>9}" + "".join(f"{head:>9}" for head in stages)]
    lines[0] += "".join(f"{head:>14}" for head in heads)
    for metric, row in shown.items():
        cells = "".join(f"{_cell(figures.get(metric)):>9}" for figures in stages.values())
        cells += "".join(f"{_cell(row.get(head)):>14}" for head in heads)
        lines.append(f"  {metric:<22}{_cell(row['']):>9}{cells}")
    return "\n".join(lines)


def _stages(outcome: Outcome) -> dict[str, dict[str, float] | None]:
    """Head of a column → the figures of stage two, alone and with stage one."""
    return {"answers": outcome.generator, "both": outcome.fusion}


def split(metrics: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Metrics by name → {"": the value, head of a control: its value}, in order.

    >>> split({"ITT": 80.0, "ITT_text_only": 50.0})
    {'ITT': {'': 80.0, 'text only': 50.0}}
    """
    rows: dict[str, dict[str, float]] = {}
    for key, value in metrics.items():
        ending = next((ending for ending in CONTROLS if key.endswith(ending)), None)
        if ending is None:
            rows[key] = {"": value}
    for key, value in metrics.items():
        for ending, head in CONTROLS.items():
            if key.endswith(ending) and key.removesuffix(ending) in rows:
                rows[key.removesuffix(ending)][head] = value
    return rows


def beside_paper(outcome: Outcome, name: str) -> str:
    """The paper's tables of the same protocol beside our figures; one line where it has none."""
    if outcome.metrics is None:
        return ""
    tables = paper_tables(outcome.benchmark)
    if not tables:
        return "  The paper has no table of this protocol."
    parts = [_beside(table, outcome.metrics, name) for table in tables]
    return "\n".join([*parts, f"  On photographs, hence for the shape of it only.\n  {source()}."])


def _beside(table: PaperTable, ours: Mapping[str, float], name: str) -> str:
    heads = {system: head for system, head in KEPT.items() if system in table.rows}
    lines = [f"  the paper, {table.title}", f"{'':<22}{_head(name):>12}{_heads(heads.values())}"]
    metrics = [m for m in ours if any(m in table.rows[system] for system in heads)]
    for metric in metrics:
        cells = "".join(f"{_cell(table.rows[system].get(metric)):>9}" for system in heads)
        lines.append(f"    {metric:<18}{_cell(ours[metric]):>12}{cells}")
    return "\n".join(lines)


def _heads(heads: Iterable[str]) -> str:
    return "".join(f"{head:>9}" for head in heads)


def _head(name: str) -> str:
    """The end of a name, which tells folders apart."""
    return name if len(name) <= 11 else "…" + name[-10:]


def _cell(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f}"


def title(model: str, adapter: str, asked: Sequence[str]) -> str:
    """Who is judged, and on what."""
    on = "no adapter" if adapter == "none" else f"adapter {adapter}"
    return printable(f"{model}, {on}; " + ", ".join(asked))
