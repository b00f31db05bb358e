"""A stage's state at half its size, to be kept beside the code and gone on with elsewhere.

    python -m vladva.trainer.lab.carry runs/mini/language-state.safetensors checkpoints/mini
    python -m vladva.trainer.lab.carry runs/mini/joint-state.safetensors checkpoints/mini --base DIR
    python -m vladva.trainer.lab.carry runs/mini/clip/clip-state.safetensors checkpoints/mini/clip \
        --no-momentum

Weights as float16, optimisers as bfloat16: a second moment is often below what float16 can hold,
and a moment that is zero makes a step without bounds. Muon's momentum may stay behind: steps are as
long with a new one, which is whole again after some twenty. A base that is made of a carried state
is rounded, so it is another one than a joint state began with: `--base` names it, and the carried
state goes on with that one. Ours. Refuses to know what a state is of, but for that base.
"""

import argparse
import json
import re
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from vladva.errors import DataError
from vladva.trainer.lab.joint import load


def carry(state: Path, folder: Path, base: str | None = None, *, momentum: bool = True) -> Path:
    """Write the state of a `Course` to `folder`, narrow; what it leaves is gone on with alike.

    `base`: the fingerprint of the base that a joint state goes on with, None for its own.
    `momentum`: whether Muon's comes along.
    """
    with safe_open(state, "pt") as file:
        facts = file.metadata()
        kept = [key for key in file.keys() if momentum or not key.endswith("/momentum")]  # noqa: SIM118 - no dict
        tensors = {key: _narrow(key, file.get_tensor(key)) for key in kept}
    if base is not None:
        course = json.loads(facts["course"])
        own, _, rest = course["of"].partition(" ")
        if not re.fullmatch(r"[0-9a-f]{32}", own):
            raise DataError(f"{state} begins with no base", "--base is for a joint state")
        facts["course"] = json.dumps({**course, "of": f"{base} {rest}"})
    folder.mkdir(parents=True, exist_ok=True)
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
    parser.add_argument("--base", type=Path, help="the folder of the base to go on with")
    parser.add_argument("--no-momentum", action="store_true", help="of Muon, whose state is halved")
    options = parser.parse_args()
    base = None if options.base is None else load(options.base).base["fingerprint"]
    carry(options.state, options.folder, base, momentum=not options.no_momentum)


if __name__ == "__main__":
    main()
