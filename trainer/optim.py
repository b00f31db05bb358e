"""AdamW's groups, and the learning rate of a step: warm-up, then cosine.

Paper: AdamW, learning rate 1e-4, cosine. Ours, since the paper does not say: a linear warm-up, no
weight decay on soft prompts and temperature, decay to zero. Refuses to know losses and data.
"""

import math
from typing import Any

from torch import nn
from torch.optim import AdamW, Optimizer

from vladva.adapters import Adapter
from vladva.trainer.config import OptimConfig

PEAK = "peak"
"""A group's own highest rate, beside the rate of the moment in "lr"."""


def parameter_groups(
    adapter: Adapter, log_scale: nn.Parameter, config: OptimConfig
) -> list[dict[str, Any]]:
    """LoRA, soft prompts and temperature as groups of an optimiser; empty ones are left out.

    A group holds "name", "params", "lr", "peak" and "weight_decay". The order is that of the
    model's layers, so that an optimiser's saved state finds its parameters again.
    """
    prompt_lr = config.lr if config.prompt_lr is None else config.prompt_lr
    groups = [
        _group("lora", list(adapter.lora().values()), config.lr, config.weight_decay),
        _group("prompts", list(adapter.prompts().values()), prompt_lr, 0.0),
        _group("temperature", [log_scale], config.lr, 0.0),
    ]
    return [group for group in groups if group["params"]]


def optimiser(adapter: Adapter, log_scale: nn.Parameter, config: OptimConfig) -> AdamW:
    """AdamW (paper) over the groups. One kernel a group where the device has it."""
    fused = log_scale.device.type == "cuda"
    return AdamW(parameter_groups(adapter, log_scale, config), lr=config.lr, fused=fused)


def share_at(progress: float, warmup: float) -> float:
    """Part of the peak rate after `progress` (0 to 1) of a run: up a line, down a cosine.

    >>> [round(share_at(x / 10, 0.2), 2) for x in (0, 1, 2, 6, 10)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    progress = min(max(progress, 0.0), 1.0)
    if progress < warmup:
        return progress / warmup
    if warmup >= 1:
        return 1.0
    return (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2


def lr_at(step: int, steps: int, config: OptimConfig) -> float:
    """Learning rate of step `step` (0 is the first) of `steps`: never 0, `config.lr` at most."""
    return config.lr * share_at((step + 0.5) / steps, config.warmup)


def set_rates(optimiser: Optimizer, step: int, steps: int, config: OptimConfig) -> float:
    """Give every group its rate of this step; returns the main one, `lr_at`."""
    rate = lr_at(step, steps, config)
    for group in optimiser.param_groups:
        group["lr"] = group[PEAK] * rate / config.lr
    return rate


def _group(name: str, params: list[nn.Parameter], lr: float, decay: float) -> dict[str, Any]:
    return {"name": name, "params": params, "lr": lr, PEAK: lr, "weight_decay": decay}
