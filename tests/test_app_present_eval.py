"""Figures of benchmarks as text: beside controls, stage two and the paper, in eighty columns."""

import pytest

from vladva.app.evaluation import Outcome
from vladva.app.present_eval import benchmark_list, beside_paper, split, table, title
from vladva.benchmarks.paper import paper_tables
from vladva.benchmarks.registry import BENCHMARKS, find

REAL = ("flickr30k", "coco", "nocaps", "sugarcrepe", "sugarcrepe-pp", "winoground", "imagenet")


@pytest.mark.parametrize("name", [*REAL, *(f"toyland-{name}" for name in REAL[3:6])])
def test_every_system_of_the_papers_tables_stands_beside_ours_in_eighty_columns(name: str) -> None:
    tables = paper_tables(name)
    metrics = {metric: 11.1 for one in tables for row in one.rows.values() for metric in row}
    shown = beside_paper(Outcome(name, {**metrics, "mean": 12.0}), "a/very/long/" * 4).splitlines()
    assert max(len(line) for line in shown) <= 80
    for one in tables:
        for system, row in one.rows.items():
            own = [line for line in shown if line[2:].startswith((f"{system} ", f"{system}* "))]
            told = {word for line in own for word in line.split()}
            assert {f"{value:.1f}" for value in row.values()} <= told, system
            marked = any(f"{system}*" in line for line in own)
            beyond_loading = ("Human", "SVLC", "SGVL", "HiDeCLIP", "FFF", "VladVA", "EVA-CLIP (")
            assert marked == any(part in system for part in beyond_loading)
    assert ("shape of it only" in shown[-2]) == name.startswith("toyland-")


def test_a_part_beside_the_whole_says_so() -> None:
    outcome = Outcome("winoground", {"group": 11.1})
    assert "on a part only" in beside_paper(outcome, "mini", 7)
    assert "on a part only" not in beside_paper(outcome, "mini")
    assert "no table" in beside_paper(Outcome("cola", {"image": 11.1}), "mini")


@pytest.mark.parametrize(
    ("name", "whole"),
    [("winoground", 400), ("sugarcrepe", 2062), ("sugarcrepe-pp", 1652), ("imagenet", 50)],
)
def test_all_that_there_is_is_no_part(name: str, whole: int) -> None:
    outcome = Outcome(name, dict.fromkeys(next(iter(paper_tables(name)[0].rows.values())), 11.1))
    assert "on a part only" in beside_paper(outcome, "mini", whole - 1)
    assert "on a part only" not in beside_paper(outcome, "mini", whole)


@pytest.mark.parametrize(
    ("name", "metric", "own"),
    [("nocaps", "image_R@1", "first 5 of its 10 captions"), ("imagenet", "top1", "wordings")],
)
def test_what_is_ours_in_a_protocol_is_said_beside_the_papers_figures(
    name: str, metric: str, own: str
) -> None:
    for count in (None, 7):
        shown = beside_paper(Outcome(name, {metric: 11.1}), "mini", count)
        assert own in shown
        assert "same protocol" not in shown
    assert "on a part only" in shown
    assert "same protocol" in beside_paper(Outcome("coco", {"image_R@1": 11.1}), "mini")


def test_a_title_says_what_was_asked_and_nothing_where_nothing_was() -> None:
    assert title("mini", "none", ["seed 0", "count 3"]) == "mini, no adapter; seed 0, count 3"
    assert title("mini", "mine", []) == "mini, adapter mine"


def test_a_control_belongs_to_its_metric_and_to_no_other() -> None:
    assert split({"ITT": 1.0, "swap_ITT": 2.0, "swap_ITT_ceiling": 3.0, "odd_text_only": 4.0}) == {
        "ITT": {"": 1.0},
        "swap_ITT": {"": 2.0, "ceiling": 3.0},
    }


def test_the_figures_of_both_stages_stand_in_one_row_of_eighty_columns() -> None:
    metrics = {"group": 10.0, "group_text_only": 5.0, "group_bag_of_words": 0.0}
    outcome = Outcome("toyland-winoground", metrics, generator={"group": 60.0}, fusion={})
    heads, row = table(outcome).splitlines()
    assert heads.split()[1:3] == ["percent", "answers"]
    assert row.split() == ["group", "10.0", "60.0", "5.0", "0.0"]
    both = Outcome("toyland-sugarcrepe-pp", metrics, generator={"group": 60.0}, fusion={"group": 7})
    heads, row = table(both).splitlines()
    assert row.split() == ["group", "10.0", "60.0", "7.0", "5.0", "0.0"]
    assert max(len(heads), len(row)) < 80


def test_the_list_fits_eighty_columns_and_tells_which_need_data() -> None:
    lines = benchmark_list([find(name) for name in BENCHMARKS]).splitlines()
    assert max(map(len, lines)) <= 80
    drawn = lines.index("drawn: no data needed")
    assert lines[0] == "of photographs: --data DIR"
    assert [line.split()[0] for line in lines[1:drawn]] == [*REAL[:-1], "cola", REAL[-1]]
    assert all(line.split()[0].startswith("toyland-") for line in lines[drawn + 1 :])
    assert len(lines) == len(BENCHMARKS) + 2
