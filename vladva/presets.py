"""The models that a user can name: one preset each, as data in `presets.json`.

Refuses to know how a model is loaded; importing it needs neither torch nor transformers.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from shutil import which

MINI = "mini"
GPU_CHOICE = "qwen3-vl-embedding-2b"
CPU_CHOICE = "siglip2-base"
TWO_TOWERS = frozenset({"clip", "blip", "open_clip"})
"""Families without a language model: they take no prompts, and there is nothing to tune."""


@dataclass(frozen=True)
class Preset:
    """One model. `params_b` in billions; `size_bytes` of the download, `dim` of its vectors.

    `hub_id` None: it comes with this package, in a folder of its name. `prompts` names its pair in
    `vladva.prompts` (empty: the family takes none). `generative`: it can also caption and answer.
    `verified_by` says what was checked in this project. `revision` None: not pinned, since no
    weights were at hand to pin one by.

    `readout`: what of the model is the vector, "" for the family's only way. `chat` names the turn
    in `vladva.prompts.CHATS` that it was trained in, "" for its template's own. `preprocessing`:
    numbers of its image processor that its public code sets otherwise. `matryoshka`: the least
    length that its vectors may be cut to, 0 where they may not be. `restricted`: its licence sets
    terms of use, or there is none; such a model is only ever taken by name.
    """

    name: str
    family: str
    hub_id: str | None
    revision: str | None
    licence: str
    params_b: float
    dim: int
    size_bytes: int
    generative: bool
    prompts: str
    verified_by: tuple[str, ...]
    note: str
    readout: str = ""
    chat: str = ""
    preprocessing: Mapping[str, int] = field(default_factory=dict, hash=False)
    matryoshka: int = 0
    restricted: bool = False


def _read() -> dict[str, Preset]:
    rows = json.loads((Path(__file__).parent / "presets.json").read_text(encoding="utf-8"))
    presets = (Preset(**{**row, "verified_by": tuple(row["verified_by"])}) for row in rows)
    return {preset.name: preset for preset in presets}


PRESETS: dict[str, Preset] = _read()


def packaged_folder(preset: Preset) -> Path | None:
    """Where the weights of a preset lie that come with this package; None for one of the hub.

    The folder may be empty: a build has what was trained for it.
    """
    if preset.hub_id is not None:
        return None
    return Path(__file__).parent / preset.name.replace("-", "_")


def is_cached(preset: Preset) -> bool:
    """Whether the model can be loaded without a network."""
    folder = packaged_folder(preset)
    if folder is not None:
        return all((folder / file).is_file() for file in ("config.json", "model.safetensors"))
    from vladva.hub import cache

    is_open_clip = preset.family == "open_clip"
    return cache.found(str(preset.hub_id), preset.revision, open_clip=is_open_clip) is not None


def default_model() -> str:
    """The best model that needs no download: by hardware, then by what is cached, else `mini`."""
    choices = (GPU_CHOICE, CPU_CHOICE) if _has_gpu() else (CPU_CHOICE,)
    return next((name for name in choices if is_cached(PRESETS[name])), MINI)


@lru_cache(maxsize=1)
def _has_gpu() -> bool:
    """Asks torch only where there may be a GPU: its import takes seconds."""
    signs = (Path("/proc/driver/nvidia").exists(), Path("/dev/kfd").exists(), which("nvidia-smi"))
    if not any(signs) and sys.platform != "darwin":
        return False
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())
