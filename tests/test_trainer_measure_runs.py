import json
import sys
from pathlib import Path

import numpy as np
import pytest

from vladva.errors import DataError
from vladva.trainer import measure_runs
from vladva.trainer.evidence import write_evidence
from vladva.trainer.held_out import Ranks, Scores
from vladva.trainer.measure_runs import compare

PICTURES, EACH = 60, 5


def scores(image: np.ndarray, text: np.ndarray, pictures: np.ndarray) -> Scores:
    return Scores({}, np.zeros(len(image)), pictures, Ranks(image, text))


def a_run(folder: Path, shift: int, pictures: np.ndarray) -> Path:
    rng = np.random.default_rng(0)
    image = rng.integers(10, 50, len(pictures)) - shift
    text = rng.integers(10, 50, PICTURES) - shift
    folder.mkdir()
    found = scores(image, text, pictures)
    write_evidence(folder, found, found)
    return folder


def test_a_run_that_is_better_everywhere_is_better_by_exactly_that(tmp_path: Path) -> None:
    pictures = np.repeat(np.arange(PICTURES), EACH)
    first, second = a_run(tmp_path / "a", 0, pictures), a_run(tmp_path / "b", 7, pictures)
    found = {one.metric: one for one in compare(first, second)}
    for name in ("image_median_rank", "text_median_rank"):
        one = found[name]
        assert one.difference == one.low == one.high == -7
    assert found["image_R@10"].second > found["image_R@10"].first
    assert found["image_R@10"].low > 0


def test_a_run_equals_itself(tmp_path: Path) -> None:
    run = a_run(tmp_path / "a", 0, np.repeat(np.arange(PICTURES), EACH))
    assert all((o.difference, o.low, o.high) == (0, 0, 0) for o in compare(run, run))


def test_the_interval_of_a_mean_is_that_of_whole_pictures(tmp_path: Path) -> None:
    """Five captions that agree are one witness: the interval is as wide as with one of them."""
    wide = a_run(tmp_path / "a", 0, np.repeat(np.arange(PICTURES), EACH))
    rng = np.random.default_rng(3)
    image = np.repeat(rng.integers(1, 30, PICTURES), EACH)
    pictures = np.repeat(np.arange(PICTURES), EACH)
    other = tmp_path / "b"
    other.mkdir()
    found = scores(image, rng.integers(1, 30, PICTURES), pictures)
    write_evidence(other, found, found)
    same = next(o for o in compare(wide, other) if o.metric == "image_R@10")
    share = float((image[::EACH] <= 10).mean())
    spread = 100 * 2 * 1.96 * (share * (1 - share) / PICTURES) ** 0.5
    assert same.high - same.low == pytest.approx(spread, rel=0.25)


def test_runs_on_different_pictures_are_not_compared(tmp_path: Path) -> None:
    pictures = np.repeat(np.arange(PICTURES), EACH)
    first, second = a_run(tmp_path / "a", 0, pictures), a_run(tmp_path / "b", 0, pictures[::-1])
    with pytest.raises(DataError, match="different pictures"):
        compare(first, second)


def test_the_command_prints_one_object_a_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(tmp_path / "a", 0, np.repeat(np.arange(PICTURES), EACH))
    monkeypatch.setattr(sys, "argv", ["measure_runs", str(run), str(run)])
    measure_runs.main()
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["metric"] for one in told] == list(measure_runs.METRICS)
