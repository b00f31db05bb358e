"""The page of evidence: figures measured once, goals judged rightly, and failures that are some."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_colours import ColourEncoder

from vladva.benchmarks.paper import ablation, paper_tables, source
from vladva.benchmarks.registry import Models, Setup
from vladva.errors import Unsupported
from vladva.protocols import Generator, Vectors
from vladva.toyland.truth import fits

DOCS = Path(__file__).parent.parent / "docs"
NAMES = ("ablation", "failures", "figures", "goals", "page", "plots")


@pytest.fixture(scope="module")
def docs() -> Iterator[dict[str, Any]]:
    """The modules beside the page, by the end of their names."""
    sys.path.insert(0, str(DOCS))
    yield {name: importlib.import_module(f"evidence_{name}") for name in NAMES}
    sys.path.remove(str(DOCS))


class Mute(ColourEncoder):
    """Cannot speak."""

    def __init__(self, fingerprint: str = "one") -> None:
        super().__init__("mini", fingerprint)

    def encode_joint(self, queries: object) -> Vectors:
        raise Unsupported("no joint queries")


def mute(fingerprint: str = "one") -> Models:
    def generator() -> Generator:
        raise Unsupported("mini only embeds")

    return Models(Mute(fingerprint), generator)


def record(docs: dict[str, Any], **results: dict[str, float]) -> Any:
    tasks = {name.replace("__", "/").replace("_", "-"): row for name, row in results.items()}
    return docs["figures"].Record("f", {"count": None, "seed": 0}, tasks)


def test_what_was_measured_of_the_same_weights_is_not_measured_again(
    docs: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = docs["figures"]
    contestant = figures.Contestant("clip-mini", "mini", None, "CLIP (ViT-B)")
    done: list[str] = []

    def run(name: str, models: Models, setup: Setup) -> dict[str, float]:
        done.append(name)
        if name == "toyland-questions":
            models.generator()
        return {"things": 50.0}

    monkeypatch.setattr(figures, "CONTESTANTS", (contestant,))
    monkeypatch.setattr(figures, "_loaded", lambda _one: mute())
    monkeypatch.setattr(figures, "run", run)
    monkeypatch.setattr(figures, "demo_precision", lambda _models, _scale: {"precision@5": 1.0})
    file = tmp_path / "evidence.json"
    for _ in range(2):
        figures.measure(figures.Store(file), figures.QUICK, lambda _line: None)
    assert len(done) == len(set(done)) == len(figures.DRAWN)
    told = json.loads(file.read_text())["clip-mini"]
    assert told["results"]["demo"] == {"precision@5": 1.0}
    assert told["cannot"] == {"toyland-questions": "clip-mini only embeds"}
    monkeypatch.setattr(figures, "_loaded", lambda _one: mute("two"))
    figures.measure(figures.Store(file), figures.QUICK, lambda _line: None)
    assert len(done) == 2 * len(figures.DRAWN)


def test_a_goal_is_reached_where_its_bound_is_met_in_its_direction(docs: dict[str, Any]) -> None:
    goal = docs["goals"].Goal
    up, down = goal("", None, 70, 92), goal("", None, 5, 3, at_most=True)
    above, reported = goal("", None, 0, 0, above=True), goal("", None, None, 0)
    wanted = {92.0: "goal B", 91.9: "gate A", 70.0: "gate A", 69.9: "below", None: "not measured"}
    assert {value: up.verdict(value) for value in wanted} == wanted
    assert [down.verdict(value) for value in (3, 5, 5.1)] == ["goal B", "gate A", "below"]
    assert [above.verdict(value) for value in (0.1, 0)] == ["goal B", "below"]
    assert reported.verdict(-1) == "reported"


def test_goals_are_reckoned_from_the_figures_that_they_name(docs: dict[str, Any]) -> None:
    goals = {goal.title: goal.value for goal in docs["goals"].GOALS}
    retrieval = {"image_R@1": 45.0, "image_R@1_ceiling": 90.0}
    pairs = {"swap_obj": 90.0, "swap_att": 80.0, "mean": 88.0}
    records = {
        "mini": record(
            docs,
            toyland_retrieval=retrieval,
            toyland_sugarcrepe=pairs,
            toyland_sugarcrepe__unseen={"mean": 80.0},
            toyland_edits={"joint_R@10": 70.0, "sum_R@10": 60.0},
        ),
        "clip-mini": record(docs, toyland_sugarcrepe={"swap_obj": 60.0, "swap_att": 50.0}),
    }
    found = {title: value(records) for title, value in goals.items()}
    assert found["retrieval, R@1 of pictures, share of the ceiling"] == 50
    assert found["pairs never trained: loss on the SugarCrepe-style mean"] == 8
    assert found["edits: R@10 of the joint query less that of the weighted sum"] == 10
    assert found["ahead of clip-mini on swap"] == 30
    assert found["ahead of E5-V-mini on the mean"] is None
    assert found["questions: things"] is None


def results_of(row: str, values: list[float]) -> list[dict[str, Any]]:
    """A row's results, one a seed, in which swap, replace and add are alike."""
    kinds = ("replace", "swap", "add")
    return [
        {"row": row, "seed": seed, "metrics": dict.fromkeys(kinds, value)}
        for seed, value in enumerate(values)
    ]


def ablation_of(docs: dict[str, Any], folder: Path, *rows: tuple[str, list[float]]) -> Any:
    file = folder / "micro/ablation/results.jsonl"
    file.parent.mkdir(parents=True)
    lines = [json.dumps(one) for row, values in rows for one in results_of(row, values)]
    file.write_text("\n".join([*lines, '{"row": "cut of']))
    return docs["ablation"].read(folder)


def test_the_ablation_stands_beside_the_papers_rows(docs: dict[str, Any], tmp_path: Path) -> None:
    runs_of = docs["ablation"]
    rows = ("both + ar", [73.0, 65.0]), ("both", [70.0, 60.0, 10.0]), ("long", [2.0])
    runs = ablation_of(docs, tmp_path, *rows)["llava"]
    assert runs_of.in_order(runs) == ["both", "both + ar", "long"]
    assert str(runs_of.of_row(runs, "long", "swap")) == "2.0"
    assert runs_of.paper_row("both + ar")["swap"] == 75.5
    assert runs_of.paper_row("zero")["image_R@1"] == 59.6
    assert runs_of.paper_row("long") == {}
    assert not any(runs_of.read(tmp_path / "none").values())


def test_a_step_holds_only_where_its_whole_interval_does(
    docs: dict[str, Any], tmp_path: Path
) -> None:
    steps = (
        ("zero", [50.0, 51.0, 52.0]),
        ("soft", [60.0, 61.5, 62.0]),
        ("lora", [60.5, 61.0, 63.0]),
        ("both", [50.0, 52.0, 52.5]),
        ("both + ar", [51.0]),
    )
    text = docs["page"].page({}, ablation_of(docs, tmp_path, *steps), [], "")
    told = [line for line in text.splitlines() if "gain, 95 % interval" in line]
    verdicts = [line.split("|")[-2].strip() for line in told]
    assert verdicts == ["yes", "undecided", "no", "undecided"]
    assert "+10.2 ± 0.7" in told[0]
    assert "A second backbone was not run yet." in text


def test_a_second_backbone_stands_beside_the_first(docs: dict[str, Any], tmp_path: Path) -> None:
    ablation_of(docs, tmp_path, ("zero", [50.0]), ("soft", [55.0]), ("both", [60.0]))
    other = tmp_path / "micro-qwen2_vl/ablation/results.jsonl"
    other.parent.mkdir(parents=True)
    lines = [json.dumps(one) for row in ("zero", "both") for one in results_of(row, [7.0])]
    other.write_text("\n".join(lines))
    text = docs["page"].page({}, docs["ablation"].read(tmp_path), [], "")
    names = [line.split("|")[1].strip() for line in text.splitlines() if "llava: " in line]
    assert names == ["llava: zero", "llava: both"]
    assert "| qwen2_vl: both | 1 | 7.0 | 7.0 | 7.0 |" in text


def test_a_control_that_is_one_models_own_says_whose(docs: dict[str, Any]) -> None:
    def two(other: float) -> str:
        row = {"joint_R@1": 9.0, "joint_R@1_text_only": 5.0}
        records = {
            "mini": record(docs, toyland_edits=row),
            "clip-mini": record(docs, toyland_edits={**row, "joint_R@1_text_only": other}),
        }
        text: str = docs["page"].page(records, {}, [], "")
        return text

    assert "| text only (mini's) |" in two(4.0)
    assert "| text only |" in two(5.0)


def test_the_page_tells_what_is_missing_and_keeps_what_was_written_by_hand(
    docs: dict[str, Any], tmp_path: Path
) -> None:
    page = docs["page"]
    records = {
        "mini": record(docs, toyland_sugarcrepe={"swap_obj": 90.0, "swap_obj_text_only": 51.0})
    }
    text = page.page(records, {}, ["evidence_lost.png"], "Because.")
    assert page.hand_written(text) == "Because."
    assert page.hand_written("an old page") == page.HAND
    assert "Not here when it was made: zero-shot, clip-mini" in text
    assert "| swap_obj | 90.0 | 51.0 | 79.0 | 60.9 | 61.4 | 75.2 | 62.9 |" in text
    assert "![](evidence_lost.png)" in text
    assert "evidence_taken.png" not in text
    assert "there is no `runs/micro/ablation/results.jsonl`" in text
    widths = [line.count("|") for line in text.splitlines() if line.startswith("|")]
    assert all(width > 2 for width in widths)


def test_every_plot_is_drawn_from_whatever_figures_there_are(
    docs: dict[str, Any], tmp_path: Path
) -> None:
    runs = {"both": {0: {"replace": 1.0, "swap": 2.0, "add": 3.0}}}
    records = {
        "mini": record(docs, toyland_sugarcrepe={"swap_obj": 90.0}),
        "zero-shot": record(docs, toyland_retrieval={"image_R@1": 1.0, "image_R@1_ceiling": 2.0}),
    }
    made = docs["plots"].save_all(records, runs, tmp_path)
    assert sorted(made) == sorted(file.name for file in tmp_path.iterdir())
    assert len(made) == 3
    assert docs["plots"].save_all({}, {}, tmp_path) == []


def test_a_failure_is_a_picture_found_first_that_surely_does_not_fit(
    docs: dict[str, Any], tmp_path: Path
) -> None:
    failures = docs["failures"]
    lost = failures.worst_retrievals(ColourEncoder(), Setup(count=6), most=2)
    assert lost
    for one in lost:
        assert one.place > 1
        assert one.instead != one.own
    captions = {s.text: s for _, s in failures.toyland_retrieval.drawn(Setup(count=6))[1]}
    assert all(fits(one.instead, captions[one.text]) == "no" for one in lost)
    taken = failures.worst_pairs(ColourEncoder(), Setup(count=1), most=2)
    assert all(one.margin >= 0 for one in taken)
    assert len({one.kind for one in taken}) == len(taken)
    names = [
        failures.draw_retrievals(lost, tmp_path / "lost.png"),
        failures.draw_pairs(taken, tmp_path / "taken.png"),
    ]
    assert all((tmp_path / name).stat().st_size > 1000 for name in names)


def test_every_finding_and_every_contestant_names_what_the_paper_has(docs: dict[str, Any]) -> None:
    systems = {one.name: one.paper for one in docs["figures"].CONTESTANTS}
    assert all(finding.paper(systems) for finding in docs["goals"].FINDINGS)
    tables = paper_tables("toyland-sugarcrepe")[0].rows
    assert set(systems.values()) <= set(tables)
    assert len(ablation()) == len(docs["ablation"].ROWS)
    assert source().endswith("2412.04378")
