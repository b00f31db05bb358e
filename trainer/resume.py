"""Checkpoints: everything that a run needs to go on as if nothing had happened, bit for bit.

A checkpoint is a folder `step-00000120` with one file of tensors and one of JSON; nothing pickled
is written or read. It is made beside its place and renamed, so that it is there whole or not at
all. Refuses to know what is trained.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vladva.errors import DataError

TENSORS, FACTS = "state.safetensors", "state.json"
_WEIGHT, _MOMENT = "weight/", "optimiser/"
_RANDOM = "random"


@dataclass
class Learner:
    """What changes while training: named weights and their optimiser."""

    weights: Mapping[str, nn.Parameter]
    optimiser: torch.optim.Optimizer


def save(folder: Path, learner: Learner, step: int, facts: Mapping[str, Any], keep: int) -> Path:
    """Write the state after `step` steps; only the newest `keep` checkpoints stay.

    Raises `DataError` where the disk is full or read-only; older checkpoints are then untouched.
    """
    place = folder / f"step-{step:08}"
    beside = folder / f".step-{step:08}"
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        save_file(_state(learner), beside / TENSORS)
        text = json.dumps({"step": step, **facts}, indent=2)
        (beside / FACTS).write_text(text + "\n", encoding="utf-8")
        for name in (TENSORS, FACTS):
            _sync(beside / name)
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)
        _sync(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise DataError(
            f"the checkpoint of step {step} cannot be written: {error}",
            "make room on the disk, then go on with --resume",
        ) from error
    for old in _all(folder)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return place


def newest(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    """Facts and tensors of the newest checkpoint that can be read; None where there is none.

    Raises `DataError` where there are some and none can be read.
    """
    for place in reversed(_all(folder)):
        try:
            facts: dict[str, Any] = json.loads((place / FACTS).read_text(encoding="utf-8"))
            return facts, load_file(place / TENSORS)
        except (OSError, ValueError, SafetensorError):
            continue
    if _all(folder):
        raise DataError(
            f"no checkpoint in {folder} can be read", "delete that folder to begin anew"
        )
    return None


def restore(learner: Learner, tensors: Mapping[str, Tensor]) -> None:
    """Weights, optimiser and random numbers as they were. Raises `DataError` on another run's."""
    names = {key.removeprefix(_WEIGHT) for key in tensors if key.startswith(_WEIGHT)}
    shaped = {name: tensors[_WEIGHT + name].shape for name in names}
    if shaped != {name: weight.shape for name, weight in learner.weights.items()}:
        raise DataError(
            "the checkpoint is of another training run: it holds other weights",
            "name another --out, or leave --resume out",
        )
    named = {id(weight): name for name, weight in learner.weights.items()}
    with torch.no_grad():
        for name, weight in learner.weights.items():
            weight.data = tensors[_WEIGHT + name].to(weight.device, weight.dtype)
    for group in learner.optimiser.param_groups:
        for weight in group["params"]:
            prefix = f"{_MOMENT}{named[id(weight)]}/"
            state = {
                key.removeprefix(prefix): value.to(
                    "cpu" if key.endswith("/step") else weight.device
                )
                for key, value in tensors.items()
                if key.startswith(prefix)
            }
            if state:
                learner.optimiser.state[weight] = state
    torch.set_rng_state(tensors[_RANDOM])


def _state(learner: Learner) -> dict[str, Tensor]:
    found = {_RANDOM: torch.get_rng_state()}
    for name, weight in learner.weights.items():
        found[_WEIGHT + name] = weight.detach().cpu().contiguous().clone()
        for key, value in learner.optimiser.state.get(weight, {}).items():
            found[f"{_MOMENT}{name}/{key}"] = value.detach().cpu().contiguous().clone()
    return found


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*")) if folder.is_dir() else []


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
