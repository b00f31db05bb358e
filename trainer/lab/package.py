"""Stage 4 of mini: half precision into the package folder, beside its card.

    python -m vladva.trainer.lab.package runs/mini vladva/mini

Refuses to know whether the result is good: `vladva demo --no-ui` says so.
"""

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

COPIED = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
WEIGHTS = ("model.safetensors", "adapter/adapter.safetensors")


def halve(source: Path, target: Path) -> None:
    """Copy a safetensors file with every float32 tensor as float16."""
    tensors = load_file(source)
    for name, tensor in tensors.items():
        if tensor.dtype == torch.float32:
            tensors[name] = tensor.to(torch.float16)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, target, metadata={"format": "pt"})


def package(base: Path, target: Path) -> None:
    """Write a model folder in half precision, its adapter too."""
    for name in WEIGHTS:
        halve(base / name, target / name)
    for name in (*COPIED, "adapter/adapter.json"):
        shutil.copyfile(base / name, target / name)


def main() -> None:
    """Parse the command line and package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    package(options.folder / "base", options.target)


if __name__ == "__main__":
    main()
