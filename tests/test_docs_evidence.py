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


def test_the_ablation_pairs_seeds_and_tells_its_interval(
    docs: dict[str, Any], tmp_path: Path
) -> None:
    runs_of = docs["ablation"]
    file = tmp_path / "results.jsonl"
    rows = [
        ("both", 0, 70.0),
        ("both", 1, 60.0),
        ("both+AR", 0, 73.0),
        ("both+AR", 1, 65.0),
        ("both", 2, 10.0),
        ("micro", 0, 1.0),
    ]
    lines = [
        json.dumps({"row": row, "seed": seed, "metrics": {"swap_obj": v, "swap_att": v + 2}})
        for row, seed, v in rows
    ]
    file.write_text("\n".join([*lines, '{"row": "cut of']))
    runs = runs_of.read(file)
    assert runs_of.in_order(runs) == ["both", "both + ar", "micro"]
    gain = runs_of.gain(runs, "both", "both + ar", "swap")
    assert (gain.value, gain.seeds) == (4, 2)  # seed 2 has no partner
    assert gain.half == pytest.approx(12.706 * 2**0.5 / 2**0.5)
    assert str(runs_of.of_row(runs, "micro", "swap")) == "2.0"
    assert runs_of.paper_row("both + ar")["swap"] == 75.5
    assert runs_of.paper_row("zero")["image_R@1"] == 59.6
    assert runs_of.paper_row("micro") == {}
    assert runs_of.read(tmp_path / "none") == {}


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
