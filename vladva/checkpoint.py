"""The fingerprint: one short name for everything that makes a vector what it is.

Two encoders with the same fingerprint put the same picture at the same place. Refuses to load
anything: files are hashed, never interpreted beyond their headers.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from vladva.hub.offer import CONFIGS, OPEN_CLIP_WEIGHTS

READOUT = "last token, after the final norm, L2; version 1"
"""Names how this package reads a vector out. Change it when a vector changes with it."""
WHOLE = 1_000_000_000
"""Bytes up to which a file of weights is hashed whole."""
SAMPLES, SAMPLE = 64, 1 << 20
"""Blocks, and bytes of each, that are hashed of a larger file, beside its header and size."""
_TOKENS = ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt")
_VOLATILE = ("transformers_version", "_name_or_path", "dtype", "torch_dtype", "use_cache")


def fingerprint(
    folder: Path,
    *,
    adapter: Path | None,
    reading: Sequence[str],
    preprocessing: str,
    dtype: str,
) -> str:
    """32 hex digits for a model folder, its adapter, prompts, preprocessing and precision class.

    Precisions of 16 bits count as one class, so that a library moves between their devices; weights
    of fewer bits (`dtype` says "8-bit weights") are each their own.
    """
    parts = {
        "readout": READOUT,
        "config": _without(_config(folder), _VOLATILE),
        "weights": [_hash_weights(file) for file in weight_files(folder) if file.exists()],
        "tokens": [_hash(file) for name in _TOKENS if (file := folder / name).exists()],
        "adapter": [] if adapter is None else _hash_adapter(adapter),
        "reading": list(reading),
        "preprocessing": preprocessing,
        "precision": _precision(dtype),
    }
    said = json.dumps(parts, sort_keys=True).encode()
    return hashlib.sha256(said).hexdigest()[:32]


def weight_files(folder: Path) -> list[Path]:
    """The files that a model's weights are loaded from, whether they are there or not.

    What other programs keep beside them is none of them. Sorted by name.
    """
    if not _json(folder / "config.json").get("model_type"):
        found = [folder / name for name in OPEN_CLIP_WEIGHTS if (folder / name).exists()][:1]
        if found:
            return found
    single, parts = folder / "model.safetensors", weight_parts(folder)
    return [single] if single.exists() or not parts else [folder / name for name in parts]


def weight_parts(folder: Path) -> list[str]:
    """The names of files that the index of a folder lists, sorted; [] without one."""
    listed = _json(folder / "model.safetensors.index.json").get("weight_map")
    return sorted(set(map(str, listed.values()))) if isinstance(listed, dict) else []


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _precision(dtype: str) -> str:
    if "bit weights" in dtype:
        return dtype
    return "full" if dtype.endswith("float32") else "half"


def _config(folder: Path) -> Any:
    files = (folder / name for name in CONFIGS)
    return json.loads(next(file for file in files if file.exists()).read_bytes())


def _hash_adapter(folder: Path) -> list[str]:
    files = (folder / "adapter.safetensors", folder / "adapter.json")
    return [_hash(file) for file in files if file.exists()]


def _hash_weights(file: Path) -> str:
    size = file.stat().st_size
    if size <= WHOLE:
        return _hash(file)
    with file.open("rb") as stream:
        header = stream.read(int.from_bytes(stream.read(8), "little"))
        blocks = [header, str(size).encode()]
        for index in range(SAMPLES):
            stream.seek(max(0, size - SAMPLE) * index // (SAMPLES - 1))
            blocks.append(stream.read(SAMPLE))
    return _digest(blocks)


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _without(value: Any, keys: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, keys) for k, v in value.items() if k not in keys}
    return value
