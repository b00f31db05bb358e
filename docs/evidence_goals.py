"""What must be shown, goal by goal, and the paper's findings: each a number from the figures.

Refuses to know where figures come from and how a page looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

from evidence_figures import Figures, Record

from vladva.benchmarks.paper import paper_tables

Records = Mapping[str, Record]
Value = Callable[[Records], float | None]


@dataclass(frozen=True)
class Goal:
    """One line of what must be shown; `gate` or `goal` None where nothing was set."""

    title: str
    value: Value
    gate: float | None
    goal: float | None
    at_most: bool = False
    above: bool = False
    """Strictly more than."""

    def reached(self, value: float, bound: float | None) -> bool:
        """Whether a value is as good as a bound."""
        if bound is None:
            return False
        if self.at_most:
            return value <= bound
        return value > bound if self.above else value >= bound

    def verdict(self, value: float | None) -> str:
        """How far a value goes: goal B, gate A, below, or that there is nothing to judge."""
        if value is None:
            return "not measured"
        if self.reached(value, self.goal):
            return "goal B"
        if self.gate is None:
            return "reported"
        return "gate A" if self.reached(value, self.gate) else "below"


def figure(records: Records, who: str, task: str, metric: str) -> float | None:
    """One figure, None where it was not measured."""
    record = records.get(who)
    return None if record is None else record.results.get(task, {}).get(metric)


def share(metrics: Figures, metric: str) -> float | None:
    """A recall as percent of what captions that fit several scenes leave possible."""
    ceiling = metrics.get(f"{metric}_ceiling")
    return 100 * metrics[metric] / ceiling if ceiling and metric in metrics else None


def of(task: str, metric: str, who: str = "mini") -> Value:
    """A figure as it is."""
    return lambda records: figure(records, who, f"toyland-{task}", metric)


def share_of(metric: str) -> Value:
    """A recall of mini as a share of its ceiling."""
    return lambda records: share(_results(records, "mini", "toyland-retrieval"), metric)


def mean(task: str, *metrics: str, who: str = "mini") -> Value:
    """The unweighted mean of some figures."""

    def value(records: Records) -> float | None:
        found = [figure(records, who, f"toyland-{task}", metric) for metric in metrics]
        return None if None in found else fmean(one for one in found if one is not None)

    return value


def less(one: Value, other: Value) -> Value:
    """The difference of two values."""

    def value(records: Records) -> float | None:
        a, b = one(records), other(records)
        return None if a is None or b is None else a - b

    return value


def _results(records: Records, who: str, task: str) -> Figures:
    record = records.get(who)
    return {} if record is None else record.results.get(task, {})


def _raw(who: str, task: str, metric: str) -> Value:
    return lambda records: figure(records, who, task, metric)


SWAP = ("swap_obj", "swap_att")


def _ahead(metrics: tuple[str, ...], who: str) -> Value:
    return less(mean("sugarcrepe", *metrics), mean("sugarcrepe", *metrics, who=who))


GOALS = (
    Goal("retrieval, R@1 of pictures, share of the ceiling", share_of("image_R@1"), 70, 92),
    Goal("retrieval, R@1 of texts, share of the ceiling", share_of("text_R@1"), 70, 92),
    Goal("retrieval, R@10 of pictures, share of the ceiling", share_of("image_R@10"), 95, 99),
    Goal("retrieval, R@10 of texts, share of the ceiling", share_of("text_R@10"), 95, 99),
    Goal("SugarCrepe-style, mean of 7", of("sugarcrepe", "mean"), 88, 96),
    Goal("SugarCrepe-style, swap of things", of("sugarcrepe", "swap_obj"), 80, 93),
    Goal("SugarCrepe-style, swap of attributes", of("sugarcrepe", "swap_att"), 80, 93),
    Goal("SugarCrepe-style, replaced relation", of("sugarcrepe", "replace_rel"), 85, 95),
    Goal("SugarCrepe++-style, ITT", of("sugarcrepe-pp", "ITT"), 78, 90),
    Goal("SugarCrepe++-style, TOT", of("sugarcrepe-pp", "TOT"), 75, 88),
    Goal("Winoground-style, group", of("winoground", "group"), 50, 80),
    Goal("questions: things", of("questions", "things"), 95, 99),
    Goal("questions: attribute", of("questions", "attribute"), 93, 98),
    Goal("questions: relation", of("questions", "relation"), 90, 97),
    Goal("questions: count", of("questions", "count"), 85, 95),
    Goal("questions: calibration error", of("questions", "ece"), 5, 3, at_most=True),
    Goal(
        "edits: R@10 of the joint query less that of the weighted sum",
        less(of("edits", "joint_R@10"), of("edits", "sum_R@10")),
        0,
        10,
    ),
    *(
        Goal(
            f"{words} never trained: loss on {title}",
            less(value, _raw("mini", f"toyland-{task}/{variant}", metric)),
            10,
            5,
            at_most=True,
        )
        for variant, words in (("unseen", "pairs"), ("unseen-words", "wordings"))
        for title, task, metric, value in (
            ("R@1 of pictures", "retrieval", "image_R@1", of("retrieval", "image_R@1")),
            ("the SugarCrepe-style mean", "sugarcrepe", "mean", of("sugarcrepe", "mean")),
        )
    ),
    Goal("demo queries, precision@5", _raw("mini", "demo", "precision@5"), 75, 90),
    Goal("ahead of clip-mini on swap", _ahead(SWAP, "clip-mini"), 15, 25),
    Goal("ahead of clip-mini on relations", _ahead(("replace_rel",), "clip-mini"), 10, 20),
    Goal(
        "ahead of clip-mini on R@1 of pictures",
        less(of("retrieval", "image_R@1"), of("retrieval", "image_R@1", "clip-mini")),
        0,
        0,
        above=True,
    ),
    Goal("ahead of NegCLIP-mini on the mean", _ahead(("mean",), "NegCLIP-mini"), None, 0),
    Goal("ahead of E5-V-mini on the mean", _ahead(("mean",), "E5-V-mini"), None, 0),
    Goal(
        "captions with the adapter off, identical",
        _raw("mini", "captions-kept", "identical"),
        100,
        100,
    ),
    Goal(
        "fact recall lost with the adapter on",
        less(of("captions", "fact_recall"), _raw("mini", "captions-on", "fact_recall")),
        2,
        1,
        at_most=True,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A finding of the paper: two systems of its, the same two of ours, on the same metrics."""

    text: str
    benchmark: str
    metrics: tuple[str, ...]
    weaker: str
    stronger: str

    def paper(self, systems: Mapping[str, str]) -> tuple[float, float] | None:
        """The paper's figures of both, the mean of its metrics; of several sets the first."""
        table = next(iter(paper_tables(self.benchmark)))
        rows = [table.rows.get(systems[who], {}) for who in (self.weaker, self.stronger)]
        if any(metric not in row for row in rows for metric in self.metrics):
            return None
        weak, strong = (fmean(row[metric] for metric in self.metrics) for row in rows)
        return weak, strong

    def ours(self, records: Records) -> tuple[float, float] | None:
        """Ours of both, None where one was not measured."""
        task = self.benchmark.removeprefix("toyland-")
        weak, strong = (
            mean(task, *self.metrics, who=who)(records) for who in (self.weaker, self.stronger)
        )
        return None if weak is None or strong is None else (weak, strong)


KINDS = ("replace_obj", "replace_att", "replace_rel", "swap_obj", "swap_att", "add_obj", "add_att")
TRIPLES = KINDS[:5]
FINDINGS = (
    Finding("Tuning makes a poor embedder a good one: pictures by words",
            "toyland-retrieval", ("image_R@1",), "zero-shot", "mini"),
    Finding("… and words by pictures",
            "toyland-retrieval", ("text_R@1",), "zero-shot", "mini"),
    Finding("… and tells composition apart", "toyland-sugarcrepe", KINDS, "zero-shot", "mini"),
    Finding("The tuned LVLM knows who has which, two towers do not",
            "toyland-sugarcrepe", SWAP, "clip-mini", "mini"),
    Finding("… and how things relate",
            "toyland-sugarcrepe", ("replace_rel",), "clip-mini", "mini"),
    Finding("… also where two towers learnt from hard negatives",
            "toyland-sugarcrepe", KINDS, "NegCLIP-mini", "mini"),
    Finding("… and retrieves better",
            "toyland-retrieval", ("image_R@1",), "clip-mini", "mini"),
    Finding("Contrast with pictures beats contrast of texts alone",
            "toyland-sugarcrepe", KINDS, "E5-V-mini", "mini"),
    Finding("… also where both positives must win (ITT)", "toyland-sugarcrepe-pp",
            tuple(f"{kind}_ITT" for kind in TRIPLES), "E5-V-mini", "mini"),
    Finding("… but texts told apart from texts (TOT) lag: the paper's weakness; we add the "
            "text–text loss that its authors propose", "toyland-sugarcrepe-pp",
            tuple(f"{kind}_TOT" for kind in TRIPLES), "E5-V-mini", "mini"),
    Finding("Two captions and two pictures at once (group)",
            "toyland-winoground", ("group",), "clip-mini", "mini"),
)  # fmt: skip
