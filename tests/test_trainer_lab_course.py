import json
from pathlib import Path

import pytest
import torch
from torch import nn

from vladva.errors import DataError, TrainingError
from vladva.trainer.lab.course import Course

COUNT, SIZE, TOTAL = 10, 4, 48


class Run:
    """A line through ten numbers, learned by two optimisers."""

    def __init__(self, folder: Path, total: int = TOTAL, width: int = 3, of: str = "") -> None:
        torch.manual_seed(0)
        self.slope, self.offset = nn.Parameter(torch.randn(width)), nn.Parameter(torch.zeros(1))
        self.course = Course(
            folder,
            "line",
            {"slope": self.slope, "offset": self.offset},
            [
                torch.optim.AdamW([self.slope], lr=0.1),
                torch.optim.SGD([self.offset], lr=0.05, momentum=0.9),
            ],
            total,
            of=of,
            say_every=2,
        )

    def go(self, steps: int = 1000) -> list[list[int]]:
        shown = []
        for _, numbers in zip(range(steps), self.course.order(COUNT, SIZE, seed=5), strict=False):
            shown.append(numbers)
            at = torch.tensor([number % COUNT for number in numbers]) / COUNT
            guess = at[:, None] * self.slope + self.offset
            loss = (guess - 2 * at[:, None] - 1).pow(2).mean()
            self.course.step(loss, len(numbers), twice=2 * loss)
        return shown

    def weights(self) -> torch.Tensor:
        return torch.cat([self.slope, self.offset]).detach().clone()


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "line.jsonl").read_text().splitlines()]


def test_a_run_that_was_interrupted_sees_the_same_samples_and_ends_bit_for_bit_alike(
    tmp_path: Path,
) -> None:
    whole = Run(tmp_path / "whole")
    shown = whole.go()
    broken = Run(tmp_path / "broken")
    first = broken.go(5)
    broken.course.save()
    broken.go(2)  # lost: the process dies before the next save
    again = Run(tmp_path / "broken")
    assert again.course.seen == 5 * SIZE
    assert first + again.go() == shown
    assert torch.equal(again.weights(), whole.weights())
    assert again.course.seen == whole.course.seen == TOTAL


def test_a_run_that_has_ended_does_nothing_when_it_is_called_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go()
    again = Run(tmp_path)
    assert again.course.done
    assert again.go() == []
    assert torch.equal(again.weights(), run.weights())


def test_every_sample_comes_once_a_round_and_each_round_has_other_numbers(tmp_path: Path) -> None:
    numbers = [n for shown in Run(tmp_path, total=40).go() for n in shown]
    assert len(set(numbers)) == 40
    for start in range(0, 40, COUNT):
        assert {n % COUNT for n in numbers[start : start + COUNT]} == set(range(COUNT))


def test_the_rate_rises_from_almost_nothing_and_falls_to_two_percent_of_each_group(
    tmp_path: Path,
) -> None:
    run = Run(tmp_path, total=400)
    run.go()
    rates = [line["lr"] for line in lines(tmp_path) if line["event"] == "step"]
    assert rates[0] < rates[1]
    assert max(rates) == pytest.approx(0.1, rel=0.01)
    assert rates[-1] == pytest.approx(
        0.1 * (0.02 + 0.98 * 0.005 / 0.25)
    )  # half a step from the end
    other = run.course._optimisers[1].param_groups[0]["lr"]
    assert other == pytest.approx(rates[-1] / 2)


def test_a_run_made_longer_before_it_cools_down_goes_on_at_its_peak(tmp_path: Path) -> None:
    first = Run(tmp_path, total=400)
    first.go(70)
    first.course.save()
    Run(tmp_path, total=800).go(10)
    rates = [line["lr"] for line in lines(tmp_path) if line["event"] == "step"]
    assert rates[30:] == pytest.approx([0.1] * len(rates[30:]))
    assert len(rates) == 40


def test_the_journal_holds_means_of_what_a_step_reports(tmp_path: Path) -> None:
    Run(tmp_path).go()
    told = [line for line in lines(tmp_path) if line["event"] == "step"]
    assert len(told) == TOTAL // SIZE // 2
    assert all(line["twice"] == pytest.approx(2 * line["loss"], abs=2e-4) for line in told)
    assert told[-1]["loss"] < told[0]["loss"]


def test_what_belongs_together_is_in_one_batch_also_after_a_stop(tmp_path: Path) -> None:
    run = Run(tmp_path)
    whole = list(run.course.order(COUNT, SIZE, seed=5, together=2))
    assert len(whole) == TOTAL // SIZE
    for batch in whole:
        assert [first + 1 for first in batch[::2]] == batch[1::2]
        assert all(first % 2 == 0 for first in batch[::2])
    rounds = [number for batch in whole for number in batch]
    assert sorted(rounds[:COUNT]) == list(range(COUNT))
    assert sorted(rounds[COUNT : 2 * COUNT]) == list(range(COUNT, 2 * COUNT))
    run.course.seen = 2 * SIZE
    assert list(run.course.order(COUNT, SIZE, seed=5, together=2)) == whole[2:]


def test_what_only_some_steps_report_is_the_mean_over_these(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for told in ({"odd": 4.0}, {}):
        run.course.step(run.slope.sum() * 0.0, SIZE, **told)
    (line,) = [line for line in lines(tmp_path) if line["event"] == "step"]
    assert line["odd"] == 4.0


def test_a_gradient_that_is_not_finite_stops_the_run_and_leaves_the_weights(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go(3)
    before = run.weights()
    with pytest.raises(TrainingError, match="finite"):
        run.course.step(run.slope.sum() * float("nan"), SIZE)
    assert torch.equal(run.weights(), before)


def test_the_state_of_other_weights_is_refused(tmp_path: Path) -> None:
    Run(tmp_path).go(1000)
    with pytest.raises(DataError, match="other weights"):
        Run(tmp_path, width=4)
    assert not list(tmp_path.glob("*.unfinished"))


def test_the_state_of_a_run_with_other_settings_is_refused(tmp_path: Path) -> None:
    Run(tmp_path, of="rate 1").go()
    with pytest.raises(DataError, match="of rate 1"):
        Run(tmp_path, of="rate 2")
    assert Run(tmp_path, of="rate 1").course.done
