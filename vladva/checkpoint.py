"""The fingerprint: one short name for everything that makes a vector what it is.

Two encoders with the same fingerprint put the same picture at the same place. Refuses to load
anything: files are hashed, never interpreted beyond their headers.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

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
        "weights": [_hash_weights(file) for file in sorted(folder.glob("*.safetensors"))],
        "tokens": [_hash(file) for name in _TOKENS if (file := folder / name).exists()],
        "adapter": [] if adapter is None else _hash_adapter(adapter),
        "reading": list(reading),
        "preprocessing": preprocessing,
        "precision": _precision(dtype),
    }
    said = json.dumps(parts, sort_keys=True).encode()
    return hashlib.sha256(said).hexdigest()[:32]


def _precision(dtype: str) -> str:
    if "bit weights" in dtype:
        return dtype
    return "full" if dtype.endswith("float32") else "half"


def _config(folder: Path) -> Any:
    files = (folder / name for name in ("config.json", "open_clip_config.json"))
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
