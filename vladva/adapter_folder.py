"""An adapter on disk: a folder with `adapter.safetensors` and `adapter.json`, written whole or not.

Nothing pickled is ever read: a pickle file can run code. Refuses to know models: it hands out
tensors by name and facts as JSON has them.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from vladva.errors import ModelError, VladvaError

WEIGHTS = "adapter.safetensors"
FACTS = "adapter.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")
PICKLE_STARTS = (b"PK\x03\x04", b"\x80")
"""How PyTorch's pickle files begin, whatever their name."""
HINT = f"An adapter is a folder with {WEIGHTS} and {FACTS}, as `vladva train` writes it."


def write(folder: Path, weights: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Both files, first into a folder beside it, then by renaming: no reader meets half of one.

    Other files of an existing folder stay. Raises `VladvaError` where the disk does not take it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _fill(new, weights, facts)
            _move(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except (OSError, SafetensorError) as error:
        hint = "free some space there, or name another folder"
        raise VladvaError(f"the adapter cannot be written to {folder}: {error}", hint) from error


def read_facts(folder: Path) -> dict[str, Any]:
    """What `adapter.json` says. Raises `ModelError` where there is none that can be read."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error
    if not isinstance(facts, dict):
        raise _unreadable(folder, f"{FACTS} holds no JSON object")
    return facts


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The tensors by name, on the CPU. Raises `ModelError`, with its reason for a pickle."""
    file = folder / WEIGHTS
    _refuse_pickles(folder, file)
    try:
        return load_file(file)
    except (OSError, ValueError, SafetensorError) as error:
        raise _unreadable(folder, error) from error


def _fill(folder: Path, weights: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    folder.chmod(0o755)  # mkdtemp's own mode shuts everyone else out
    tensors = {name: value.detach().contiguous().cpu() for name, value in weights.items()}
    save_file(tensors, folder / WEIGHTS)
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")
    for name in (WEIGHTS, FACTS):
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())


def _move(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    for name in (WEIGHTS, FACTS):
        (new / name).replace(folder / name)


def _refuse_pickles(folder: Path, file: Path) -> None:
    found = [path.name for pattern in PICKLES for path in sorted(folder.glob(pattern))]
    if file.exists():
        with file.open("rb") as stream:
            found = [WEIGHTS] if stream.read(4).startswith(PICKLE_STARTS) else []
    if found:
        raise ModelError(
            f"{folder} holds its weights as a pickle file ({found[0]}), which can run code and is "
            "never read",
            f"have its maker save it as {WEIGHTS}",
        )


def _unreadable(folder: Path, reason: object) -> ModelError:
    return ModelError(f"{folder} is not a readable adapter: {reason}", HINT)
