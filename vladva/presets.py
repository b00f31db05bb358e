"""The models that a user can name: one preset each, as data in `presets.json`.

Refuses to know how a model is loaded; importing it needs neither torch nor transformers.
"""

import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shutil import which

MINI = "mini"
GPU_CHOICE = "qwen3-vl-embedding-2b"
CPU_CHOICE = "siglip2-base"


@dataclass(frozen=True)
class Preset:
    """One model. `params_b` in billions; `size_bytes` of the download, `dim` of its vectors.

    `hub_id` None: it comes with this package, in a folder of its name. `prompts` names its pair in
    `vladva.prompts` (empty: the family takes none). `generative`: it can also caption and answer.
    `verified_by` says what was checked in this project.
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
    if _cached(preset, "config.json") is None:
        return False
    if _cached(preset, "model.safetensors") is not None:
        return True
    index = _cached(preset, "model.safetensors.index.json")
    if index is None:
        return False
    shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return all(_cached(preset, shard) is not None for shard in shards)


def _cached(preset: Preset, file: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(preset.hub_id or "", file, revision=preset.revision)
    return Path(found) if isinstance(found, str) else None


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
