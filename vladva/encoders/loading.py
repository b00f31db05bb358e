"""What every family needs to load: device and dtype, weights, tokenizer, batches.

Only safetensors are read, no code of a checkpoint is ever run. Refuses to know any family.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import (
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

from vladva.checkpoint import weight_files, weight_parts
from vladva.encoders.source import Source
from vladva.errors import ConfigError, ModelError
from vladva.hub.offer import PEFT_CONFIG

HALF_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
BITS = (8, 4)
"""To which weights can be quantized."""
SMALL = 100_000_000
"""Parameters up to which a model counts as small."""


@dataclass(frozen=True)
class Placement:
    """Where a model runs, how precisely, and how many pictures or texts at once."""

    device: torch.device
    dtype: torch.dtype
    batch_size: int | None
    bits: int | None = None
    """Of each weight of the linear layers; None: they are as precise as all else."""

    @property
    def precision(self) -> str:
        """What the fingerprint says of it."""
        return str(self.dtype) if self.bits is None else f"{self.bits}-bit weights"


def place(
    device: str, dtype: str, batch_size: int | None, quantize: int | None = None
) -> Placement:
    """The best of this machine for "auto", what was asked for otherwise. Raises `ConfigError`."""
    where = _device(device)
    if quantize is not None:
        _check_quantizes(quantize, where)
    if batch_size is not None and batch_size < 1:
        raise ConfigError(f"a batch size of {batch_size}", "give 1 or more")
    return Placement(where, _dtype(dtype, where), batch_size, quantize)


def _check_quantizes(bits: int, device: torch.device) -> None:
    if bits not in BITS:
        raise ConfigError(f"weights of {bits} bits", "use 8 or 4, or leave --quantize out")
    if device.type != "cuda":
        raise ConfigError(
            f"weights of {bits} bits need an NVIDIA GPU, and this is {device.type}",
            "leave --quantize out, or name a smaller model",
        )
    if find_spec("bitsandbytes") is None:
        raise ConfigError(
            f"weights of {bits} bits need the package bitsandbytes, which is not installed",
            "pip install 'vladva[quantized]'",
        )


def _device(name: str) -> torch.device:
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next((kind for kind, there in have.items() if there), "cpu"))
    kind = name.partition(":")[0]
    if kind not in ("cpu", *have):
        raise ConfigError(f"unknown device {name!r}", "use auto, cpu, cuda, cuda:N or mps")
    if not have.get(kind, True):
        raise ConfigError(f"no {kind} device on this machine", "use --device auto")
    return torch.device(name)


def _dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        if device.type == "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.float16 if device.type == "mps" else torch.float32
    if name == "float32":
        return torch.float32
    if name not in HALF_DTYPES:
        raise ConfigError(f"unknown dtype {name!r}", f"use auto, float32, {', '.join(HALF_DTYPES)}")
    if device.type == "cpu" and not (name == "bfloat16" and cpu_has_bfloat16()):
        raise ConfigError(
            f"{name} on this CPU would be a hundred times slower than float32", "use dtype auto"
        )
    return HALF_DTYPES[name]


def cpu_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware (AMX or AVX512-BF16)."""
    found: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def load_weights(
    source: Source,
    model_class: type[PreTrainedModel],
    placement: Placement,
    attention: str = "sdpa",
) -> PreTrainedModel:
    """The model in eval mode with this kind of attention, every weight from the checkpoint.

    Raises `ModelError` where weights are missing, do not fit, or are not safetensors, and where an
    adapter would be attached that nobody named.
    """
    check_safetensors(source)
    _check_bare(source)
    kind: Any = model_class
    try:
        with _without_progress():
            model, report = kind.from_pretrained(
                source.folder,
                dtype=placement.dtype,
                attn_implementation=attention,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                **_quantized(placement),
            )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(
            f"{source.name} does not load: {_first_line(error)}", source.again
        ) from error
    lost = sorted({*report["missing_keys"], *(str(k) for k in report["mismatched_keys"])})
    if lost:
        raise ModelError(
            f"{source.name} lacks {len(lost)} weights, {lost[0]} among them", source.again
        )
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    placed = model if placement.bits else model.to(placement.device)  # quantized on its way there
    loaded: PreTrainedModel = placed.eval()
    return loaded


def _check_bare(source: Source) -> None:
    """Raises where `transformers` would change the weights behind the fingerprint's back."""
    if (source.folder / PEFT_CONFIG).exists():
        raise ModelError(
            f"{source.name} holds an adapter of peft beside its weights: {PEFT_CONFIG}",
            "merge it (`merge_and_unload()` of peft) and save the model to a folder of its own; "
            f"where it is merged already, remove {PEFT_CONFIG}",
        )


def _quantized(placement: Placement) -> dict[str, Any]:
    """How `from_pretrained` is told: linear layers but the head, in the library's own way.

    4 bits are NF4 (QLoRA, arXiv 2305.14314), 8 bits LLM.int8() (arXiv 2208.07339).
    """
    if placement.bits is None:
        return {}
    options: dict[str, Any] = {"load_in_8bit": True}
    if placement.bits == 4:
        options = {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": placement.dtype,
        }
    made: Any = BitsAndBytesConfig
    return {"quantization_config": made(**options), "device_map": {"": placement.device}}


@contextmanager
def _without_progress() -> Iterator[None]:
    """What a user sees of a load is the caller's business."""
    bars: Any = logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


def check_safetensors(source: Source) -> list[Path]:
    """The checkpoint's weight files. Raises `ModelError` where there are none, or pickled ones."""
    source.read("model.safetensors.index.json")  # a broken one is told
    files = weight_files(source.folder)
    if any(Path(name).name != name for name in weight_parts(source.folder)):
        raise ModelError(f"{source.name} names weights outside its folder", "do not use it")
    absent = [file.name for file in files if not file.exists()]
    if not absent:
        return files
    if any(source.folder.glob("*.bin")) or any(source.folder.glob("*.pt")):
        raise ModelError(
            f"{source.name} has its weights only as pickle files, which can run code and are "
            "never read",
            "convert them to safetensors, or name another model",
        )
    raise ModelError(f"{source.name} lacks {absent[0]}", source.again)


def has_weight(source: Source, ending: str) -> bool:
    """Whether a weight of the checkpoint has a name that ends so."""
    try:
        for file in check_safetensors(source):
            with safe_open(file, framework="pt") as weights:
                if any(name.endswith(ending) for name in weights.keys()):  # noqa: SIM118
                    return True
    except SafetensorError as error:
        raise ModelError(
            f"the weights of {source.name} are damaged: {_first_line(error)}",
            source.again,
        ) from error
    return False


def load_tokenizer(source: Source) -> PreTrainedTokenizerBase:
    """The checkpoint's tokenizer, of the kind that knows offsets. Raises `ModelError`.

    A `tokenizer.json` is taken as it stands: the classes of single families rebuild it.
    """
    whole = (source.folder / "tokenizer.json").exists()
    kind: Any = PreTrainedTokenizerFast if whole else AutoTokenizer
    try:
        tokenizer = kind.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        raise ModelError(
            f"the tokenizer of {source.name} does not load: {_first_line(error)}",
            f"{source.again}; its folder needs tokenizer.json",
        ) from error
    if not tokenizer.is_fast:
        raise ModelError(f"the tokenizer of {source.name} does not know offsets")
    old_template = source.read("chat_template.json").get("chat_template")
    if not tokenizer.chat_template and old_template:
        tokenizer.chat_template = old_template
    loaded: PreTrainedTokenizerBase = tokenizer
    return loaded


def batch_size_for(placement: Placement, model: torch.nn.Module) -> int:
    """The asked-for batch size, or one by device and size of the model (ours)."""
    if placement.batch_size is not None:
        return placement.batch_size
    small = sum(p.numel() for p in model.parameters()) <= SMALL
    return 64 if small else 32 if placement.device.type == "cuda" else 8


def batches(sizes: Sequence[int], most: int, budget: int) -> list[list[int]]:
    """Indexes in groups of like size: at most `most`, and longest × count within `budget`.

    >>> batches([5, 1, 5, 2], most=2, budget=100)
    [[1, 3], [0, 2]]
    """
    groups: list[list[int]] = []
    for index in sorted(range(len(sizes)), key=lambda i: (sizes[i], i)):
        last = groups[-1] if groups else None
        if last and len(last) < most and sizes[index] * (len(last) + 1) <= budget:
            last.append(index)
        else:
            groups.append([index])
    return groups


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
