"""Figures of benchmarks as text: each metric beside its controls, and beside the paper's.

Takes plain outcomes; refuses to know how they were measured.
"""

from collections.abc import Mapping, Sequence

from vladva.app.evaluation import Outcome
from vladva.app.plain import printable
from vladva.benchmarks.paper import PAPER_ONLY, PaperTable, paper_tables, source
from vladva.benchmarks.registry import Benchmark, find

CONTROLS = {"_text_only": "text only", "_bag_of_words": "bag of words", "_ceiling": "ceiling"}
"""Ending of a control's key → the head of its column."""
_OURS = {
    "nocaps": "The first 5 of its 10 captions: our choice, the paper does not say which.",
    "imagenet": "The wordings of a class are our own: the paper gives no template.",
}
"""Benchmark → what of its protocol the paper leaves open."""
_NONE = "–"


def benchmark_list(found: Sequence[Benchmark]) -> str:
    """Names with one line each: those of photographs, which need their files, and drawn ones."""
    parts = []
    for drawn, head in ((False, "of photographs: --data DIR"), (True, "drawn: no data needed")):
        rows = [f"  {one.name:<22}{one.summary}" for one in found if one.drawn == drawn]
        parts += [f"{head}\n" + "\n".join(rows)] if rows else []
    return "\n".join(parts)


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


def beside_paper(outcome: Outcome, name: str, count: int | None = None) -> str:
    """All systems of the paper's tables of the same protocol, under ours; one line of none.

    `count`: how many items were asked for, None of no number.
    """
    if outcome.metrics is None:
        return ""
    tables = paper_tables(outcome.benchmark)
    if not tables:
        return "  The paper has no table of this protocol."
    parts = [
        _beside(table, group, outcome.metrics, name)
        for table in tables
        for group in _groups(table, outcome.metrics)
    ]
    if any(PAPER_ONLY & set(table.rows) for table in tables):
        parts.append("  * the paper's figures only: no public checkpoint of it loads.")
    parts += [f"  {line}" for line in _caveats(find(outcome.benchmark), count)]
    return "\n".join([*parts, f"  {source()}."])


def _caveats(benchmark: Benchmark, count: int | None) -> list[str]:
    """How far the figures of both may be held against each other."""
    if benchmark.drawn:
        return ["The paper's are on photographs, hence for the shape of it only."]
    part = benchmark.is_part(count)
    lines = ["Ours on a part only (--count), theirs on all of it."] if part else []
    if benchmark.name in _OURS:
        return [*lines, _OURS[benchmark.name]]
    return lines or ["Theirs as published, ours by the same protocol."]


def _groups(table: PaperTable, ours: Mapping[str, float]) -> list[list[str]]:
    """The metrics that both have, so many as fit into a row; ITT and TOT apart."""
    both = [metric for metric in ours if any(metric in row for row in table.rows.values())]
    apart = [[metric for metric in both if metric.endswith(test)] for test in ("_ITT", "_TOT")]
    return apart if any(apart) else [both]


def _beside(table: PaperTable, metrics: Sequence[str], ours: Mapping[str, float], name: str) -> str:
    stacked = [metric.replace("replace", "repl.").split("_") for metric in metrics]
    deep = max(map(len, stacked))
    heads = [[""] * (deep - len(words)) + words for words in stacked]
    lines = [f"  the paper, {table.title}"]
    lines += [f"{'':<27}" + "".join(f"{head[row]:>7}" for head in heads) for row in range(deep)]
    lines.append(_row(_head(name), metrics, ours))
    for system, figures in table.rows.items():
        if any(metric in figures for metric in metrics):
            mark = "*" if system in PAPER_ONLY else ""
            lines.append(_row(system + mark, metrics, figures))
    return "\n".join(lines)


def _row(name: str, metrics: Sequence[str], figures: Mapping[str, float]) -> str:
    return f"  {name:<25}" + "".join(f"{_cell(figures.get(metric)):>7}" for metric in metrics)


def _head(name: str) -> str:
    """The end of a name, which tells folders apart."""
    return printable(name if len(name) <= 24 else "…" + name[-23:])


def _cell(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f}"


def title(model: str, adapter: str, asked: Sequence[str]) -> str:
    """Who is judged, and on what."""
    on = "no adapter" if adapter == "none" else f"adapter {adapter}"
    return printable("; ".join([f"{model}, {on}", *([", ".join(asked)] if asked else [])]))
