"""What fine-tuning adds to a backbone: soft prompts and LoRA, attached, saved and switched off.

Soft prompts are learnable vectors that replace the embeddings of the hand-written prompt, start
from them, and are separate for image and text; LoRA sits on every linear layer of the language
model (paper: rank 16, alpha 16). An adapter is a folder: `adapter.safetensors` and
`adapter.json`. Refuses to know losses and data; reads nothing pickled.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from vladva.errors import ModelError
from vladva.model import VladVA

WEIGHTS = "adapter.safetensors"
FACTS = "adapter.json"
PROMPTS = ("image_prompt", "text_prompt")


@dataclass(frozen=True)
class AdapterShape:
    """What an adapter adds. Rank 0 leaves LoRA out; `soft_prompts` false leaves the words."""

    rank: int = 16
    alpha: int = 16
    soft_prompts: bool = True


class Adapter(nn.Module):
    """The trainable part of a tuned model; hangs on `VladVA.adapter`."""

    def __init__(self, model: VladVA, shape: AdapterShape) -> None:
        super().__init__()
        self.shape = shape
        self.image_prompt: nn.Parameter | None = None
        self.text_prompt: nn.Parameter | None = None
        if shape.soft_prompts:
            self.image_prompt = nn.Parameter(model.prompt_embeddings("image").float())
            self.text_prompt = nn.Parameter(model.prompt_embeddings("text").float())
        self._language_model = [model.language_model]  # a list hides it from this module's weights

    def lora_layers(self) -> Iterator[BaseTunerLayer]:
        """Every wrapped linear layer."""
        for module in self._language_model[0].modules():
            if isinstance(module, BaseTunerLayer):
                yield module

    def lora(self) -> dict[str, nn.Parameter]:
        """LoRA matrices by name."""
        named = self._language_model[0].named_parameters()
        return {name: value for name, value in named if "lora_" in name}

    def prompts(self) -> dict[str, nn.Parameter]:
        """Soft prompts by name."""
        found = {name: getattr(self, name) for name in PROMPTS}
        return {name: value for name, value in found.items() if value is not None}

    @contextmanager
    def off(self) -> Iterator[None]:
        """The base model's own behaviour inside, exactly: LoRA disabled, prompts ignored."""
        for layer in self.lora_layers():
            layer.enable_adapters(False)
        try:
            yield
        finally:
            for layer in self.lora_layers():
                layer.enable_adapters(True)


def create(model: VladVA, shape: AdapterShape) -> Adapter:
    """Give a model a fresh adapter: prompts start from the words, LoRA from zero (paper).

    The backbone is frozen; only the adapter's own weights ask for gradients.
    """
    model.language_model.requires_grad_(requires_grad=False)
    adapter = Adapter(model, shape)
    if shape.rank:
        config = LoraConfig(
            r=shape.rank, lora_alpha=shape.alpha, lora_dropout=0.0, target_modules="all-linear"
        )
        inject_adapter_in_model(config, model.language_model)
    model.adapter = adapter
    return adapter


def save(adapter: Adapter, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the adapter's folder; `facts` (base model, prompts, metrics …) go into the JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {**adapter.prompts(), **adapter.lora()}
    tensors = {name: value.detach().contiguous().cpu() for name, value in weights.items()}
    save_file(tensors, folder / WEIGHTS)
    text = json.dumps({"shape": asdict(adapter.shape), **facts}, indent=2)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")


def attach(model: VladVA, folder: Path) -> None:
    """Load an adapter folder onto a model.

    Raises `ModelError` where the folder is no adapter, was made for another base, or holds
    numbers that are not finite.
    """
    facts, weights = _read(folder)
    adapter = create(model, AdapterShape(**facts["shape"]))
    targets = {**adapter.prompts(), **adapter.lora()}
    _check(folder, targets, weights)
    with torch.no_grad():
        for name, target in targets.items():
            target.data = weights[name].to(model.device, target.dtype)  # prompts: of any length
    for parameter in targets.values():
        parameter.requires_grad_(False)


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    hint = f"An adapter is a folder with {WEIGHTS} and {FACTS}, as `vladva train` writes it."
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        return facts, load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{folder} is not a readable adapter: {error}", hint) from error


def _check(
    folder: Path, targets: Mapping[str, nn.Parameter], weights: Mapping[str, torch.Tensor]
) -> None:
    hint = "Use it with the model it was trained for; its adapter.json names that model."
    if set(targets) != set(weights):
        odd = sorted(set(targets) ^ set(weights))
        raise ModelError(f"{folder} does not fit this model: {odd[0]} has no counterpart", hint)
    for name, target in targets.items():
        if name not in PROMPTS and target.shape != weights[name].shape:
            shapes = f"{tuple(weights[name].shape)} for {tuple(target.shape)}"
            raise ModelError(f"{folder} does not fit this model: {name} is {shapes}", hint)
        if not torch.isfinite(weights[name]).all():
            raise ModelError(f"{folder} is damaged: {name} holds numbers that are not finite")
