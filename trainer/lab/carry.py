"""A stage's state at half its size, to be kept beside the code and gone on with elsewhere.

    python -m vladva.trainer.lab.carry runs/mini/language-state.safetensors checkpoints/mini

Weights as float16, optimisers as bfloat16: a second moment is often below what float16 can hold,
and a moment that is zero makes a step without bounds. Ours. Refuses to know stages.
"""

import argparse
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor


def carry(state: Path, folder: Path) -> Path:
    """Write the state of a `Course` to `folder`, narrow; what it leaves is gone on with alike."""
    with safe_open(state, "pt") as file:
        facts = file.metadata()
        tensors = {key: _narrow(key, file.get_tensor(key)) for key in file.keys()}  # noqa: SIM118 - no dict
    place = folder / state.name
    save_file(tensors, place, facts)
    return place


def _narrow(key: str, tensor: Tensor) -> Tensor:
    if tensor.dtype != torch.float32 or tensor.ndim == 0:  # a count of steps stays exact
        return tensor
    return tensor.to(torch.float16 if key.startswith("weight/") else torch.bfloat16)


def main() -> None:
    """Parse the command line and carry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    carry(options.state, options.folder)


if __name__ == "__main__":
    main()
