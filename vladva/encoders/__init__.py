"""Encoders by name: a registry of families, each in its own module, imported when it is needed.

Refuses to know what is inside a family. Importing this needs neither torch nor transformers.
"""

import threading
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from vladva.encoders.source import Source, find
from vladva.errors import ConfigError, ModelError, Unsupported
from vladva.protocols import Encoder, Generator
from vladva.unloadable import check_loadable

FAMILIES: dict[str, str] = {
    "llava": "llava",
    "llava_next": "llava",
    "qwen2_vl": "qwen_vl",
    "qwen2_5_vl": "qwen_vl",
    "qwen3_vl": "qwen_vl",
    "idefics3": "smolvlm",
    "smolvlm": "smolvlm",
    "clip": "clip",
    "siglip": "clip",
    "siglip2": "clip",
    "blip": "blip",
    "blip-2": "blip",
    "open_clip": "open_clip",
}
"""A config's `model_type` → the module of its family."""
WHOLE_WEIGHTS = ("blip", "open_clip")
"""Families whose weights are never quantized."""

_ONE_AT_A_TIME = threading.RLock()
"""transformers imports its parts when they are asked for, and two threads at once break it."""


def load_encoder(  # noqa: PLR0913 - which model, and where and how it runs
    name: str,
    *,
    device: str = "auto",
    dtype: str = "auto",
    batch_size: int | None = None,
    adapter: Path | Literal["packaged"] | None = "packaged",
    dim: int | None = None,
    quantize: int | None = None,
) -> Encoder:
    """A preset, the hub id of a known family, or a local folder → its encoder.

    `adapter`: a folder of one; "packaged" takes the model folder's own, if there is one; None
    leaves the base as it is. `dim`: the length of its vectors, where its preset lets them be cut
    (Matryoshka). `quantize`: 8 or 4 bits a weight, on an NVIDIA GPU. Raises `ModelError` with the
    nearest valid name or the remedy, and `ConfigError` on a device or dtype that this machine does
    not have, or a length that the model was not trained for.
    """
    check_loadable(name)
    source = find(name, check_type)
    with _ONE_AT_A_TIME:
        family = import_module(f"vladva.encoders.{FAMILIES[source.model_type]}")
        loading = import_module("vladva.encoders.loading")
        placement = loading.place(device, dtype, batch_size, quantize)
        if quantize is not None and FAMILIES[source.model_type] in WHOLE_WEIGHTS:
            raise ConfigError(f"weights of {name} cannot be quantized", "leave --quantize out")
        matryoshka = import_module("vladva.encoders.matryoshka")
        if dim is not None and source.preset is not None:  # before gigabytes are read
            matryoshka.check(name, dim, source.preset.dim, source.preset)
        encoder = family.load(source, placement, _adapter_folder(source, adapter))
    if dim is not None:
        encoder = matryoshka.shortened(encoder, dim, source.preset)
    return cast("Encoder", encoder)


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


def check_type(model_type: str) -> None:
    """Raises `ModelError` on a config's `model_type` that no family reads."""
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
