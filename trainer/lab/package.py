"""Stage 4 of mini: half precision into the package folder, beside its card.

    python -m vladva.trainer.lab.package runs/mini/base vladva/mini
    python -m vladva.trainer.lab.package runs/mini/clip/model vladva/clip_mini

An adapter in the model's folder comes along, and then names the packaged base as its own. Refuses
to know whether the result is good: `vladva eval` says so.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from vladva.adapter_folder import FACTS, WEIGHTS
from vladva.checkpoint import fingerprint
from vladva.errors import ModelError

MODEL = "model.safetensors"
COPIED = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
"""A two-tower model has no generation config."""


def halve(source: Path, target: Path) -> None:
    """Copy a safetensors file with every float32 tensor as float16."""
    tensors = load_file(source)
    for name, tensor in tensors.items():
        if tensor.dtype == torch.float32:
            tensors[name] = tensor.to(torch.float16)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target, metadata={"format": "pt"})


def package(model: Path, target: Path) -> None:
    """Write a model folder in half precision, its adapter too."""
    halve(model / MODEL, target / MODEL)
    for name in COPIED:
        if (model / name).exists():
            shutil.copyfile(model / name, target / name)
    if (model / "adapter" / FACTS).exists():
        _package_adapter(model, target)


def _package_adapter(model: Path, target: Path) -> None:
    """Halving changes the base's fingerprint, by which an adapter knows its base.

    Raises `ModelError` where the adapter was made for another base, such as one trained before.
    """
    facts = json.loads((model / "adapter" / FACTS).read_text(encoding="utf-8"))
    if facts["base"]["fingerprint"] != _bare(model):
        raise ModelError(f"{model / 'adapter'} was made for another base", "run `joint` again")
    halve(model / "adapter" / WEIGHTS, target / "adapter" / WEIGHTS)
    facts["base"] = {"name": target.name, "fingerprint": _bare(target)}
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    (target / "adapter" / FACTS).write_text(text, encoding="utf-8")


def _bare(model: Path) -> str:
    return fingerprint(model, adapter=None, reading=(), preprocessing="", dtype="float32")


def main() -> None:
    """Parse the command line and package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    package(options.model, options.target)


if __name__ == "__main__":
    main()
