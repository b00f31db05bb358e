"""The optimiser's groups, and the rate of each step."""

import math

import pytest
import tiny
import torch

from vladva.adapters import Adapter, AdapterShape, create
from vladva.encoders import load_encoder
from vladva.trainer.config import OptimConfig
from vladva.trainer.optim import lr_at, optimiser, parameter_groups, set_rates


def adapter(shape: AdapterShape) -> Adapter:
    return create(load_encoder(str(tiny.checkpoint("mini")), adapter=None).model, shape)  # type: ignore[attr-defined]


def scale() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.tensor(1.0))


def test_every_weight_is_in_one_group_and_only_lora_decays() -> None:
    made, log_scale = adapter(AdapterShape(rank=2)), scale()
    config = OptimConfig(lr=1e-3, prompt_lr=1e-2, weight_decay=0.1)
    groups = parameter_groups(made, log_scale, config)
    assert [(g["name"], g["lr"], g["weight_decay"]) for g in groups] == [
        ("lora", 1e-3, 0.1),
        ("prompts", 1e-2, 0.0),
        ("temperature", 1e-3, 0.0),
    ]
    grouped = [id(p) for g in groups for p in g["params"]]
    assert sorted(grouped) == sorted(map(id, (*made.weights().values(), log_scale)))


def test_a_group_without_weights_is_left_out() -> None:
    config = OptimConfig()
    without = parameter_groups(adapter(AdapterShape(rank=0)), scale(), config)
    assert [group["name"] for group in without] == ["prompts", "temperature"]
    without = parameter_groups(adapter(AdapterShape(rank=2, soft_prompts=False)), scale(), config)
    assert [group["name"] for group in without] == ["lora", "temperature"]


@pytest.mark.parametrize("steps", [1, 2, 7, 100, 10_000])
@pytest.mark.parametrize("warmup", [0.0, 0.03, 1.0])
def test_the_rate_rises_in_the_warm_up_falls_after_it_and_is_never_nothing(
    steps: int, warmup: float
) -> None:
    config = OptimConfig(lr=1e-3, warmup=warmup)
    rates = [lr_at(step, steps, config) for step in range(steps)]
    assert all(0 < rate <= 1e-3 for rate in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert top <= warmup * steps


def test_the_cosine_is_a_cosine() -> None:
    config = OptimConfig(lr=2.0, warmup=0.0)
    for step in (0, 10, 50, 99):
        wanted = 1 + math.cos(math.pi * (step + 0.5) / 100)
        assert lr_at(step, 100, config) == pytest.approx(wanted)


def test_each_group_keeps_its_own_peak_and_the_state_survives_a_reload() -> None:
    config = OptimConfig(lr=1e-3, prompt_lr=1e-2)
    made = optimiser(adapter(AdapterShape(rank=2)), scale(), config)
    for group in made.param_groups:
        for weight in group["params"]:
            weight.grad = torch.ones_like(weight)
    rate = set_rates(made, 30, 100, config)
    made.step()
    assert rate == lr_at(30, 100, config)
    assert [g["lr"] / rate for g in made.param_groups] == pytest.approx([1, 10, 1])
    again = optimiser(adapter(AdapterShape(rank=2)), scale(), config)
    again.load_state_dict(made.state_dict())
    assert set_rates(again, 30, 100, config) == rate
    assert [g["lr"] for g in again.param_groups] == [g["lr"] for g in made.param_groups]
