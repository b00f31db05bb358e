"""Encoders by name: a registry of families, each in its own module, imported when it is needed.

Refuses to know what is inside a family. Importing this needs neither torch nor transformers.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from vladva.encoders.source import Source, find
from vladva.errors import ModelError, Unsupported
from vladva.protocols import Encoder, Generator

FAMILIES: dict[str, str] = {
    "llava": "llava",
    "llava_next": "llava",
    "qwen2_vl": "qwen_vl",
    "qwen2_5_vl": "qwen_vl",
    "qwen3_vl": "qwen_vl",
    "clip": "clip",
    "siglip": "clip",
    "siglip2": "clip",
}
"""A config's `model_type` → the module of its family."""


def load_encoder(
    name: str,
    *,
    device: str = "auto",
    dtype: str = "auto",
    batch_size: int | None = None,
    adapter: Path | Literal["packaged"] | None = "packaged",
) -> Encoder:
    """A preset, the hub id of a known family, or a local folder → its encoder.

    `adapter`: a folder of one; "packaged" takes the model folder's own, if there is one; None
    leaves the base as it is. Raises `ModelError` with the nearest valid name or the remedy, and
    `ConfigError` on a device or dtype that this machine does not have.
    """
    source = find(name, _known)
    family = import_module(f"vladva.encoders.{FAMILIES[source.model_type]}")
    loading = import_module("vladva.encoders.loading")
    placement = loading.place(device, dtype, batch_size)
    return cast("Encoder", family.load(source, placement, _adapter_folder(source, adapter)))


def load_generator(
    name: str, *, device: str = "auto", dtype: str = "auto", batch_size: int | None = None
) -> Generator:
    """As `load_encoder`, for the generative half of an LVLM; raises `Unsupported` on others."""
    encoder: Any = load_encoder(
        name, device=device, dtype=dtype, batch_size=batch_size, adapter=None
    )
    if not hasattr(encoder, "generator"):
        raise Unsupported(f"{name} only embeds", "name an LVLM, such as qwen2-vl-2b")
    return cast("Generator", encoder.generator())


def _known(model_type: str) -> None:
    if model_type not in FAMILIES:
        raise ModelError(
            f"no encoder family reads models of type {model_type or 'unknown'!r}",
            f"known types: {', '.join(FAMILIES)}",
        )


def _adapter_folder(source: Source, adapter: Path | str | None) -> Path | None:
    if adapter != "packaged":
        return None if adapter is None else Path(adapter)
    own = source.folder / "adapter"
    return own if (own / "adapter.safetensors").exists() else None
