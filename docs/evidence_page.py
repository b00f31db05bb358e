"""The figures as the page `evidence.md`: what must be shown, tables, findings, plots, failures.

The part between the two marks is written by hand and stays as it is. Refuses to measure anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import evidence_ablation as runs_of
from evidence_figures import CONTESTANTS
from evidence_goals import FINDINGS, GOALS, Records, figure, share

from vladva.app.present_eval import CONTROLS, split
from vladva.benchmarks.paper import paper_tables, source

HAND_START, HAND_END = "<!-- by hand -->", "<!-- end -->"
HAND = "Nothing is written here yet: the reasons, where a figure is not what the paper found."
NONE = "–"
TITLES = {
    "toyland-retrieval": "Retrieval",
    "toyland-sugarcrepe": "SugarCrepe-style: a true caption against a false one",
    "toyland-sugarcrepe-pp": "SugarCrepe++-style: two true captions against a false one",
    "toyland-winoground": "Winoground-style: two pictures, two captions",
    "toyland-questions": "Yes/no questions, by the generative half (`ece`: less is better)",
    "toyland-edits": "Composed queries: a picture and an instruction",
    "toyland-classify": "Classification of single things",
    "toyland-captions": "Captions, by the generative half (`fact_…`: long ones; `fact_false`: less "
    "is better)",
}
TITLES_OF_PICTURES = {
    "evidence_retrieval.png": "Retrieval, ours and the paper's",
    "evidence_sugarcrepe.png": "Composition by kind, ours and the paper's",
    "evidence_ablation.png": "The ablation",
    "evidence_lost.png": "Failures: captions whose own picture came latest (above), and what came "
    "first though it surely does not fit (below)",
    "evidence_taken.png": "Failures: false captions that mini preferred to the true one by most",
}


def page(records: Records, runs: runs_of.All, pictures: list[str], by_hand: str) -> str:
    """The whole document."""
    parts = [
        _head(records),
        _must_show(records),
        *(_benchmark(name, records) for name in TITLES),
        _unseen(records),
        _ablation(runs),
        _findings(records, runs),
        _pictures(pictures),
        f"## Why\n\n{HAND_START}\n{by_hand}\n{HAND_END}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def hand_written(text: str) -> str:
    """What stands between the marks of a page that is there."""
    if HAND_START not in text or HAND_END not in text:
        return HAND
    return text.split(HAND_START, 1)[1].split(HAND_END, 1)[0].strip() or HAND


def _head(records: Records) -> str:
    mini = records.get("mini")
    scale = mini.scale if mini else {}
    count = scale.get("count")
    size = "each benchmark's own count" if count is None else f"{count} items: TOO FEW, A TRIAL RUN"
    shown = ", ".join(f"`{name}` {record.fingerprint[:12]}" for name, record in records.items())
    absent = [one.name for one in CONTESTANTS if one.name not in records]
    missing = f" Not here when it was made: {', '.join(absent)}." if absent else ""
    return (
        "# Evidence: what the method does at our scale\n\n"
        "Made by `make evidence`, which measures what is new and writes this page, its plots and "
        "`evidence.json`. All scenes are held out: the split `test` of "
        "[toyland](toyland.md), drawn afresh by a seed that no training stage can draw; only how "
        "often its things change places was counted on a thousand of them, so that false texts are "
        "no odder than true ones (`vladva.toyland.habits`). "
        f"Figures are percent. Seed {scale.get('seed', 0)}, {size}.\n\n"
        f"Weights, by fingerprint: {shown or 'none yet'}.{missing}\n\n"
        f"The paper's figures stand beside ours: {source()}. They are of photographs and of models "
        "a thousand times as large: compare the order of the rows, not the numbers."
    )


def _must_show(records: Records) -> str:
    rows = [
        (
            goal.title,
            _cell(value := goal.value(records)),
            _bound(goal.gate, at_most=goal.at_most, above=goal.above),
            _bound(goal.goal, at_most=goal.at_most, above=goal.above),
            goal.verdict(value),
        )
        for goal in GOALS
    ]
    heads = ("figure", "mini", "gate A", "goal B", "reached")
    return "## What must be shown\n\n" + table(heads, rows)


def _benchmark(name: str, records: Records) -> str:
    shown = {who: record for who, record in records.items() if name in record.results}
    if not shown:
        return ""
    metrics = {who: split(record.results[name]) for who, record in shown.items()}
    first = next(iter(metrics.values()))
    controls = [head for head in CONTROLS.values() if any(head in row for row in first.values())]
    papers = [(table, _counterparts(table.rows)) for table in paper_tables(name)[:1]]
    systems = [system for _, found in papers for system in found]
    named = [_control(head, metrics) for head in controls]
    heads = ("metric", *metrics, *named, *(f"*{system}*" for system in systems))
    rows = [
        (
            metric,
            *(_cell(of_one.get(metric, {}).get("")) for of_one in metrics.values()),
            *(_cell(row.get(head)) for head in controls),
            *(_cell(found[0].rows[system].get(metric)) for found in papers for system in found[1]),
        )
        for metric, row in first.items()
    ]
    beside = f" In italics the paper, {papers[0][0].title}." if papers else ""
    cannot = [who for who, record in records.items() if name in record.cannot]
    unable = f" {', '.join(cannot)} cannot do this." if cannot else ""
    extra = _shares(name, shown)
    lead = f"`vladva eval {name}`.{beside}{unable}"
    return f"## {TITLES[name]}\n\n{lead}\n\n{table(heads, rows)}{extra}"


def _control(head: str, metrics: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The name of a control, and whose it is where it is not the same for everyone."""
    first = next(iter(metrics))
    own = {metric: row.get(head) for metric, row in metrics[first].items()}
    shared = all(row.get(head) == own.get(m) for one in metrics.values() for m, row in one.items())
    return head if shared else f"{head} ({first}'s)"


def _shares(name: str, shown: Records) -> str:
    if name != "toyland-retrieval":
        return ""
    metrics = ("image_R@1", "image_R@10", "text_R@1", "text_R@10")
    rows = [
        (metric, *(_cell(share(record.results[name], metric)) for record in shown.values()))
        for metric in metrics
    ]
    return "\n\nAs a share of the ceiling:\n\n" + table(("metric", *shown), rows)


def _unseen(records: Records) -> str:
    wanted = (
        ("toyland-retrieval", "image_R@1"),
        ("toyland-retrieval", "text_R@1"),
        ("toyland-sugarcrepe", "mean"),
    )
    rows = [
        (
            f"{name} {metric}",
            *(
                _cell(figure(records, "mini", f"{name}{variant}", metric))
                for variant in ("", "/unseen", "/unseen-words")
            ),
        )
        for name, metric in wanted
    ]
    heads = ("mini", "as trained", "pairs never trained", "wordings never trained")
    return "## What was never trained\n\n" + table(heads, rows)


def _ablation(every: runs_of.All) -> str:
    runs = every.get("llava")
    if not runs:
        return "## The ablation\n\nNot run yet: there is no `runs/micro/ablation/results.jsonl`."
    rows = []
    for row in runs_of.in_order(runs):
        rows.append(_row(row, runs, row))
        paper = runs_of.paper_row(row)
        if paper:
            cells = (_cell(paper.get(metric)) for metric in runs_of.SHOWN)
            rows.append((f"*the paper: {row}*", "", *cells))
    heads = ("row", "seeds", *runs_of.SHOWN)
    gains = [
        f"- {metric}: {gain}"
        for metric in runs_of.THREE
        if (gain := runs_of.gain(runs, "both + ar", "both", metric))
    ]
    told = "\n\nWhat the next-token loss gains, seed by seed (the paper: +2.4, +3.5, +0.9):\n\n"
    parts = [table(heads, rows) + (told + "\n".join(gains) if gains else ""), _second(every)]
    return "\n\n".join(["## The ablation", *filter(None, parts)])


def _second(every: runs_of.All) -> str:
    """The same rows of the other families, beside the first one's."""
    others = {family: runs for family, runs in every.items() if family != "llava" and runs}
    if not others:
        return "A second backbone was not run yet."
    rows = [
        _row(f"{family}: {row}", runs, row)
        for row in dict.fromkeys(row for runs in others.values() for row in runs_of.in_order(runs))
        for family, runs in every.items()
        if row in runs
    ]
    lead = "A second backbone (the paper's tables 5 to 7: both gain alike):"
    return lead + "\n\n" + table(("row", "seeds", *runs_of.SHOWN), rows)


def _row(name: str, runs: runs_of.Runs, row: str) -> tuple[str, ...]:
    means = [runs_of.of_row(runs, row, metric) for metric in runs_of.SHOWN]
    return (name, str(len(runs[row])), *(str(mean) if mean else NONE for mean in means))


def _findings(records: Records, runs: runs_of.All) -> str:
    systems = {one.name: one.paper for one in CONTESTANTS}
    rows: list[tuple[str, ...]] = []
    for finding in FINDINGS:
        paper, ours = finding.paper(systems), finding.ours(records)
        rows.append(
            (
                finding.text,
                f"{finding.weaker} → {finding.stronger}",
                _pair(paper),
                _pair(ours),
                NONE if ours is None else "yes" if ours[1] > ours[0] else "no",
            )
        )
    rows += _order(runs.get("llava", {}))
    heads = ("finding", "from → to", "the paper", "ours", "second is ahead")
    return "## Which findings hold\n\n" + table(heads, rows)


def _order(runs: runs_of.Runs) -> list[tuple[str, ...]]:
    """Each step of the ablation on the mean of replace, swap and add."""
    rows: list[tuple[str, ...]] = []
    for before, after in zip(runs_of.ROWS, runs_of.ROWS[1:], strict=False):
        ours = runs_of.gain(runs, after, before, runs_of.MEAN)
        if ours is not None:
            theirs = [runs_of.paper_row(row) for row in (before, after)]
            paper = fmean(theirs[1][group] - theirs[0][group] for group in runs_of.THREE)
            verdict = "yes" if ours.above_zero else "no" if ours.below_zero else "undecided"
            title = "Ablation, mean of replace, swap, add: gain, 95 % interval"
            told = f"{ours.value:+.1f}" + str(ours).removeprefix(f"{ours.value:.1f}")
            rows.append((title, f"{before} → {after}", f"{paper:+.1f}", told, verdict))
    return rows


def _pictures(names: list[str]) -> str:
    shown = [name for name in TITLES_OF_PICTURES if name in names]
    parts = [f"**{TITLES_OF_PICTURES[name]}**\n\n![]({name})" for name in shown]
    return "## In pictures\n\n" + "\n\n".join(parts) if parts else ""


def _counterparts(rows: Mapping[str, object]) -> list[str]:
    return [one.paper for one in CONTESTANTS if one.paper in rows]


def _pair(values: tuple[float, float] | None) -> str:
    return NONE if values is None else f"{values[0]:.1f} → {values[1]:.1f}"


def _bound(bound: float | None, *, at_most: bool, above: bool) -> str:
    if bound is None:
        return NONE
    return f"{'≤' if at_most else '>' if above else '≥'} {bound:g}"


def _cell(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
