from typing import Any

import numpy as np
import pytest

from vladva.trainer.lab.ablation_report import MEAN, T95, estimate, gain, report, runs_of
from vladva.trainer.lab.ablation_rows import ROWS


def made(seeds: int = 5) -> list[dict[str, Any]]:
    """Seeds differ much, rows little: only pairs can tell."""
    rng = np.random.default_rng(0)
    ease = rng.normal(0, 10, seeds)
    return [
        {
            "row": row.name,
            "seed": seed,
            "losses": {"contrastive": 0.5} if place else {},
            "metrics": {
                name: 50 + ease[seed] + 2 * place + rng.normal(0, 0.2)
                for name in ("replace", "swap", "add", "image_R@1", "text_R@1", "ITT", "TOT")
            },
        }
        for place, row in enumerate(ROWS)
        for seed in range(seeds)
    ]


def test_gains_are_paired_means_with_students_interval() -> None:
    results = made()
    runs = runs_of(results)
    found = gain(runs, "both", "lora", "swap")
    assert found is not None
    one, other = (
        np.array([r["metrics"]["swap"] for r in results if r["row"] == name])
        for name in ("both", "lora")
    )
    changes = one - other
    assert found.value == pytest.approx(changes.mean())
    assert found.half == pytest.approx(2.776 * changes.std(ddof=1) / np.sqrt(5))
    assert found.above_zero
    assert not found.below_zero
    unpaired = estimate(list(one)).half
    assert found.half < unpaired / 10


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(2000):
        found = estimate(list(rng.normal(3.0, 2.0, 5)))
        inside += abs(found.value - 3.0) < found.half
    assert 0.935 < inside / 2000 < 0.965
    assert list(T95) == sorted(T95, reverse=True)
    many = [float(value) for value in range(13)]
    assert estimate(many).half > 2.179 * np.std(many, ddof=1) / np.sqrt(13)  # 12 degrees


def test_only_seeds_of_both_rows_count_and_the_last_result_of_each() -> None:
    metrics = {"replace": 1.0, "swap": 1.0, "add": 1.0}

    def line(row: str, seed: int, swap: float) -> dict[str, Any]:
        return {"row": row, "seed": seed, "metrics": {**metrics, "swap": swap}}

    runs = runs_of([line("a", 0, 9.0), line("a", 0, 3.0), line("a", 1, 5.0), line("b", 0, 2.0)])
    found = gain(runs, "a", "b", "swap")
    assert found is not None
    assert (found.value, found.seeds) == (1.0, 1)
    assert np.isnan(found.half)
    assert not found.above_zero
    assert gain(runs, "a", "c", "swap") is None
    assert gain(runs, "a", "b", "joint_R@10") is None
    assert runs["a"][0][MEAN] == pytest.approx(5 / 3)


def test_the_report_has_a_line_a_row_and_marks_what_is_sure() -> None:
    text = report(made())
    for row in ROWS[1:]:
        assert f"| {row.name} | {row.against} |" in text
    line = next(line for line in text.splitlines() if line.startswith("| soft | zero |"))
    assert line.count(" * ") == 8
    assert "0.500" in text
    assert report([]).count("\n") == 7
