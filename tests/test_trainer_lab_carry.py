"""A state that travels narrow: what it leaves goes on as if nothing had happened, nearly."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from test_trainer_lab_course import SIZE, Run

from vladva.errors import DataError
from vladva.trainer.lab.carry import carry


def test_a_run_that_was_carried_elsewhere_goes_on_from_the_same_sample_to_nearly_the_same_end(
    tmp_path: Path,
) -> None:
    whole, first = Run(tmp_path / "whole"), Run(tmp_path / "first")
    whole.go()
    first.go(5)
    first.course.save()
    carry(tmp_path / "first" / "line-state.safetensors", tmp_path / "else")
    again = Run(tmp_path / "else")
    assert again.course.seen == 5 * SIZE
    assert again.slope.dtype == torch.float32
    again.go()
    apart = (again.weights() - whole.weights()).abs().max()
    assert 0 < apart < 0.02


def test_a_base_is_named_only_for_a_state_that_has_one(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go(1)
    run.course.save()
    with pytest.raises(DataError, match="begins with no base"):
        carry(tmp_path / "line-state.safetensors", tmp_path / "else", "0" * 32)


def test_moments_that_float16_would_make_zero_are_kept(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.go(1)
    state = run.course._optimisers[0].state[run.slope]
    state["exp_avg_sq"].fill_(1e-12)
    run.course.save()
    with safe_open(carry(tmp_path / "line-state.safetensors", tmp_path / "else"), "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no dict
    seconds = [tensor for key, tensor in tensors.items() if key.endswith("exp_avg_sq")]
    assert [float(tensor.min()) > 0 for tensor in seconds] == [True]
    assert tensors["weight/slope"].dtype == torch.float16
