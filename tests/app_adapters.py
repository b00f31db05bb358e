"""Adapters that only look like some, and an encoder that sees colours and which adapter it has."""

import hashlib
import json
from pathlib import Path

from app_colours import ColourEncoder

from vladva.protocols import Encoder


def write_adapter(folder: Path, weights: bytes = b"some", **facts: object) -> Path:
    """The files of an adapter, with nothing that a model could use in them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter.safetensors").write_bytes(weights)
    told = {"base": {"name": "mini", "fingerprint": "f"}, **facts}
    (folder / "adapter.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def load_with_adapter(name: str, *, adapter: object = "packaged", **_options: object) -> Encoder:
    """What stands for `load_encoder`: another adapter, another fingerprint."""
    made = adapter
    if isinstance(adapter, Path):
        made = hashlib.sha256((adapter / "adapter.safetensors").read_bytes()).hexdigest()[:8]
    return ColourEncoder(name, f"{name}+{made}")
