"""A checkpoint is there whole or not at all, and gives back every bit."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from vladva.errors import DataError
from vladva.trainer.resume import FACTS, TENSORS, Learner, newest, restore, save


def learner(seed: int) -> Learner:
    torch.manual_seed(seed)
    weights = {"a": nn.Parameter(torch.randn(3, 2)), "b.c": nn.Parameter(torch.randn(()))}
    return Learner(weights, torch.optim.AdamW(weights.values(), lr=0.1))


def learn(one: Learner, steps: int) -> None:
    for _ in range(steps):
        noise = torch.randn(3, 2)
        loss = ((one.weights["a"] - noise) ** 2).sum() * one.weights["b.c"].exp()
        one.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        one.optimiser.step()


def test_a_run_that_goes_on_is_the_run_that_never_ended(tmp_path: Path) -> None:
    whole = learner(0)
    learn(whole, 9)
    first = learner(0)
    learn(first, 4)
    save(tmp_path, first, 4, {}, keep=2)
    torch.manual_seed(99)
    other = learner(1)
    found = newest(tmp_path)
    assert found is not None
    restore(other, found[1])
    learn(other, 5)
    for name, weight in whole.weights.items():
        assert torch.equal(weight, other.weights[name])


def test_only_the_newest_stay_and_the_facts_are_kept(tmp_path: Path) -> None:
    one = learner(0)
    for step in (1, 2, 30):
        save(tmp_path, one, step, {"steps": 40}, keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000002", "step-00000030"]
    found = newest(tmp_path)
    assert found is not None
    assert found[0] == {"step": 30, "steps": 40}


@pytest.mark.parametrize("name", [TENSORS, FACTS])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path: Path, name: str) -> None:
    for step in (1, 2):
        save(tmp_path, learner(0), step, {}, keep=2)
    whole = (tmp_path / "step-00000002" / name).read_bytes()
    (tmp_path / "step-00000002" / name).write_bytes(whole[: len(whole) // 2])
    found = newest(tmp_path)
    assert found is not None
    assert found[0]["step"] == 1


def test_checkpoints_none_of_which_can_be_read_are_not_passed_over(tmp_path: Path) -> None:
    place = save(tmp_path, learner(0), 1, {}, keep=2)
    (place / TENSORS).write_bytes(b"torn")
    with pytest.raises(DataError, match="no checkpoint"):
        newest(tmp_path)


def test_what_was_being_written_is_no_checkpoint(tmp_path: Path) -> None:
    save(tmp_path, learner(0), 3, {}, keep=2)
    (tmp_path / "step-00000003").rename(tmp_path / ".step-00000003")
    assert newest(tmp_path) is None
    assert newest(tmp_path / "nowhere") is None


def test_a_disk_that_takes_nothing_is_said_and_the_old_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, learner(0), 1, {}, keep=1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vladva.trainer.resume.save_file", full)
    with pytest.raises(DataError, match="No space left") as caught:
        save(tmp_path, learner(0), 2, {}, keep=1)
    assert "--resume" in caught.value.hint
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000001"]


def test_the_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    save(tmp_path, learner(0), 1, {}, keep=1)
    found = newest(tmp_path)
    assert found is not None
    for other in ({"z": torch.zeros(3, 2)}, {"a": torch.zeros(3, 9), "b.c": torch.zeros(())}):
        one = learner(0)
        one.weights = {name: nn.Parameter(value) for name, value in other.items()}
        with pytest.raises(DataError, match="another training run"):
            restore(one, found[1])


def test_nothing_is_pickled(tmp_path: Path) -> None:
    place = save(tmp_path, learner(0), 1, {"config": {"run": {"seed": 0}}}, keep=1)
    assert sorted(p.name for p in place.iterdir()) == [FACTS, TENSORS]
    assert json.loads((place / FACTS).read_text())["config"] == {"run": {"seed": 0}}
    assert (place / TENSORS).read_bytes()[8:9] == b"{"
