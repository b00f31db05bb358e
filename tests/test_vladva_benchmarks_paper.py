"""The paper's figures: those of its tables, by our names of the metrics."""

import json
from pathlib import Path

import pytest

from vladva.benchmarks import paper
from vladva.benchmarks.paper import ablation, paper_tables

COUNTS = {
    "toyland-retrieval": [17, 17, 17],
    "flickr30k": [17],
    "sugarcrepe": [19],
    "toyland-sugarcrepe-pp": [21],
    "winoground": [14],
    "toyland-classify": [14],
    "toyland-edits": [],
    "no such": [],
}


def test_the_tables_are_those_that_came_with_the_project(shared_data: Path) -> None:
    own = Path(paper.__file__).with_name("paper.json")
    given = (shared_data / "paper_tables.json").read_text(encoding="utf-8")
    assert json.loads(own.read_text(encoding="utf-8")) == json.loads(given)


@pytest.mark.parametrize(("name", "systems"), COUNTS.items())
def test_a_protocol_has_its_tables_drawn_or_not(name: str, systems: list[int]) -> None:
    assert [len(table.rows) for table in paper_tables(name)] == systems


def test_figures_go_by_our_names() -> None:
    ours = "VladVA (LLaVA-1.5-7B)"
    flickr, coco, _ = paper_tables("toyland-retrieval")
    assert flickr.rows[ours]["text_R@1"] == 94.3
    assert coco.rows["VladVA (Qwen2-VL-2B)"]["image_R@1"] == 52.5
    assert paper_tables("sugarcrepe")[0].rows[ours]["swap_att"] == 82.9
    assert paper_tables("sugarcrepe-pp")[0].rows[ours]["replace_rel_TOT"] == 66.3
    assert paper_tables("winoground")[0].rows[ours] == {"image": 17.5, "text": 40.5, "group": 12.8}
    assert [row.metrics["swap"] for row in ablation()] == [59.8, 66.9, 69.8, 72.0, 75.5]


def test_what_the_paper_does_not_give_is_absent_and_one_name_on_two_data_is_two_rows() -> None:
    rows = paper_tables("imagenet")[0].rows
    assert rows["CLIP (ViT-B)"] == {"top1": 68.4, "top5": 91.9}
    assert rows["CLIP (ViT-B), 15M"] == {"top1": 32.8}
    pairs = paper_tables("sugarcrepe-pp")[0].rows["BLIP-SGVL"]
    assert "swap_obj_TOT" not in pairs
    assert pairs["swap_obj_ITT"] == 13.2
