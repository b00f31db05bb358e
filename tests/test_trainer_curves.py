"""Curves: what a journal tells, as panels and as a picture, also of a run that was killed."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vladva.trainer.curves import draw, panels_of
from vladva.trainer.events import Evaluated, Started, Step, as_line
from vladva.trainer.journal import Journal


def step(number: int, loss: float, **others: float) -> Step:
    return Step(number, 100, loss, loss - 1, 1.0, 1e-4, 9.0, 1000, 5.0, others)


def told(journal: Path, *events: Any) -> list[dict[str, Any]]:
    made = Journal(journal)
    for event in events:
        line = as_line(event)
        made.say(line.pop("event"), **line)
    return [json.loads(line) for line in journal.read_text().splitlines()]


def test_each_figure_is_in_its_panel_and_counts_are_in_none(tmp_path: Path) -> None:
    metrics = {"image_R@1": 3.0, "text_median_rank": 9.0, "log_loss": 2.0, "pictures": 40.0}
    lines = told(tmp_path / "j", step(10, 4.0, text_text=0.5), Evaluated(10, metrics))
    loss, recall, rank, rate = panels_of(lines)
    assert loss.curves == {
        "loss": {10: 4.0},
        "contrastive": {10: 3.0},
        "autoregressive": {10: 1.0},
        "text_text": {10: 0.5},
        "held out: log_loss": {10: 2.0},
    }
    assert recall.curves == {"image_R@1": {10: 3.0}}
    assert rank.curves == {"text_median_rank": {10: 9.0}}
    assert rate.curves == {"lr": {10: 1e-4}}


def test_after_a_resume_the_later_figure_of_a_step_counts(tmp_path: Path) -> None:
    lines = told(tmp_path / "j", step(10, 4.0), step(20, 3.0), step(20, 2.5), step(30, 2.0))
    assert panels_of(lines)[0].curves["loss"] == {10: 4.0, 20: 2.5, 30: 2.0}


def test_a_picture_is_drawn_of_what_a_killed_run_left(tmp_path: Path) -> None:
    journal, png = tmp_path / "journal.jsonl", tmp_path / "curves.png"
    told(journal, step(10, 4.0), step(20, 3.0), Evaluated(20, {"image_R@1": 3.0}))
    with journal.open("a") as file:
        file.write('[1]\n{"event": "step", "st')
    draw(journal, png)
    with Image.open(png) as picture:
        assert picture.format == "PNG"
        assert picture.height > picture.width
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.png", "journal.jsonl"]


@pytest.mark.parametrize("there", [True, False])
def test_a_run_without_a_step_draws_nothing(tmp_path: Path, there: bool) -> None:
    if there:
        told(tmp_path / "journal.jsonl", Started("mini", 9, 1, 0, 5, 0, 10, 20))
    draw(tmp_path / "journal.jsonl", tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()
