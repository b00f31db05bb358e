"""What fine-tuning adds to a backbone: soft prompts and LoRA, attached, saved and switched off.

Soft prompts are learnable vectors that replace the embeddings of the hand-written prompt, start
from them, and are separate for image and text; LoRA sits on every linear layer of the language
model (paper: rank 16, alpha 16), and where asked for of vision tower and projector too (ours).
Refuses to know losses, data and how an adapter lies on disk.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from vladva.adapter_folder import FACTS, WEIGHTS, read_facts, read_weights, write
from vladva.errors import ModelError
from vladva.model import PARTS, VladVA

__all__ = ["FACTS", "WEIGHTS", "Adapter", "AdapterShape", "attach", "create", "detach", "save"]

PROMPTS = ("image_prompt", "text_prompt")
RANK_MAX = 4096
MISFIT = f"Use it with the model it was trained for; its {FACTS} names that model."


@dataclass(frozen=True)
class AdapterShape:
    """What an adapter adds. Rank 0 leaves LoRA out; `soft_prompts` false leaves the words.

    `vision`, `projector`: LoRA of the same rank on those modules too.
    """

    rank: int = 16
    alpha: int = 16
    soft_prompts: bool = True
    vision: bool = False
    projector: bool = False


class Adapter(nn.Module):
    """The trainable part of a tuned model, in float32 whatever the base; hangs on `VladVA.adapter`.

    Its own weights are the soft prompts; LoRA matrices lie inside the base's layers.
    """

    def __init__(self, model: VladVA, shape: AdapterShape) -> None:
        super().__init__()
        self.shape = shape
        self.is_off = False
        self.soft = nn.ParameterDict()
        if shape.soft_prompts:
            self.soft["image_prompt"] = nn.Parameter(model.prompt_embeddings("image").float())
            self.soft["text_prompt"] = nn.Parameter(model.prompt_embeddings("text").float())
        self._wrapped = [_wrapped(model, shape)]  # a list hides them from this module's weights

    @property
    def image_prompt(self) -> nn.Parameter | None:
        """Stands for the image prompt's embeddings, [k, dim]; None without one, or when off."""
        return None if self.is_off else self.prompts().get("image_prompt")

    @property
    def text_prompt(self) -> nn.Parameter | None:
        """Stands for the text prompt's embeddings, [k, dim]; None without one, or when off."""
        return None if self.is_off else self.prompts().get("text_prompt")

    def lora_layers(self) -> Iterator[BaseTunerLayer]:
        """Every wrapped linear layer."""
        for module in self._wrapped[0].values():
            yield from (m for m in module.modules() if isinstance(m, BaseTunerLayer))

    def lora(self) -> dict[str, nn.Parameter]:
        """LoRA matrices by name: the language model's as they are, others after their part."""
        return {
            prefix + name: value
            for prefix, module in self._wrapped[0].items()
            for name, value in module.named_parameters()
            if "lora_" in name
        }

    def prompts(self) -> dict[str, nn.Parameter]:
        """Soft prompts by name."""
        return {name: self.soft[name] for name in PROMPTS if name in self.soft}

    def weights(self) -> dict[str, nn.Parameter]:
        """Everything that is learned, by name, always in the same order."""
        return {**self.prompts(), **self.lora()}

    @contextmanager
    def off(self) -> Iterator[None]:
        """The base model's own behaviour inside, exactly: LoRA disabled, prompts as written."""
        if self.is_off:
            yield
            return
        asking = [(value, value.requires_grad) for value in self.lora().values()]
        self._switch(on=False)
        try:
            yield
        finally:
            self._switch(on=True)
            for value, asked in asking:  # peft makes every LoRA weight ask when it goes on
                value.requires_grad_(asked)

    def take_off(self) -> None:
        """Give the base its own layers back, for good."""
        for module in self._wrapped[0].values():
            wrapped = [n for n, m in module.named_modules() if isinstance(m, BaseTunerLayer)]
            for name in wrapped:
                parent, _, child = name.rpartition(".")
                layer: Any = module.get_submodule(name)
                setattr(module.get_submodule(parent), child, layer.get_base_layer())
            if wrapped:
                del module.peft_config  # else peft takes the next adapter for a second one

    def _switch(self, *, on: bool) -> None:
        self.is_off = not on
        for layer in self.lora_layers():
            layer.enable_adapters(on)


def create(model: VladVA, shape: AdapterShape) -> Adapter:
    """Give a model a fresh adapter: prompts start from the words, LoRA from zero (paper).

    An adapter that is on it is taken off. The backbone is frozen; only the adapter's own weights
    ask for gradients.
    """
    detach(model)
    model.backbone.base.requires_grad_(False)
    adapter = Adapter(model, shape)
    if shape.rank:
        for module in _wrapped(model, shape).values():
            _inject(module, shape)
    model.adapter = adapter
    return adapter


def detach(model: VladVA) -> None:
    """Take a model's adapter off; the base is what it was before. Nothing where there is none."""
    if isinstance(model.adapter, Adapter):
        model.adapter.take_off()
    model.adapter = None


def save(adapter: Adapter, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the adapter's folder, whole or not at all.

    `facts` go into the JSON: "base" as {"name", "fingerprint"} lets `attach` refuse another base;
    prompts, metrics and settings are for people. Raises `VladvaError` where the disk is full.
    """
    shape = {"shape": asdict(adapter.shape)}
    write(folder, adapter.weights(), {**shape, **facts, **shape})


def attach(model: VladVA, folder: Path, base: Mapping[str, str] | None = None) -> None:
    """Load an adapter folder onto a model, ready for use, nothing asking for gradients.

    `base`: {"name", "fingerprint"} of what the model is, compared with what the adapter says it
    was made for. Raises `ModelError` where the folder is no adapter, was made for another base,
    is pickled, does not fit, or holds numbers that are not finite; the model has none then.
    """
    facts = read_facts(folder)
    _check_base(folder, facts.get("base"), base)
    shape = _shape(folder, facts.get("shape"))
    weights = read_weights(folder)
    adapter = create(model, shape)
    targets = adapter.weights()
    try:
        _check(folder, targets, weights)
    except ModelError:
        detach(model)
        raise
    for name, target in targets.items():
        target.data = weights[name].to(model.device, target.dtype)  # prompts: of any length
        target.requires_grad_(False)


def _wrapped(model: VladVA, shape: AdapterShape) -> dict[str, nn.Module]:
    """Modules whose linear layers get LoRA, by the prefix of their weights' names."""
    found = {"": model.language_model}
    for part in PARTS:
        if getattr(shape, part):
            modules = model.backbone.part(part)
            found.update({f"{part}.{i}.": module for i, module in enumerate(modules)})
    return found


def _inject(module: nn.Module, shape: AdapterShape) -> None:
    linear = [name for name, child in module.named_modules() if _is_linear(child)]
    config = LoraConfig(
        r=shape.rank, lora_alpha=shape.alpha, lora_dropout=0.0, target_modules=linear
    )
    inject_adapter_in_model(config, module)
    for name, value in module.named_parameters():
        if "lora_" in name:
            value.data = value.data.float()  # peft takes the base's dtype; steps are too small


def _is_linear(module: nn.Module) -> bool:
    """Whether it is the exact class, or the one that bitsandbytes quantizes it to.

    Others, such as the output layer of nn.MultiheadAttention, are never called.
    """
    kind = type(module)
    fewer_bits = kind.__module__.partition(".")[0] == "bitsandbytes"
    return kind is nn.Linear or (fewer_bits and isinstance(module, nn.Linear))


def _shape(folder: Path, said: object) -> AdapterShape:
    values = said if isinstance(said, dict) else {}
    kinds: dict[str, type] = {each.name: type(each.default) for each in fields(AdapterShape)}
    right = all(type(value) is kinds.get(name) for name, value in values.items())
    if not values or not right:
        raise ModelError(f"{folder} is not a readable adapter: its shape is {said!r}", MISFIT)
    shape = AdapterShape(**values)
    if not 0 <= shape.rank <= RANK_MAX or shape.alpha < 0:
        raise ModelError(f"{folder} is not a readable adapter: rank {shape.rank}", MISFIT)
    return shape


def _check_base(folder: Path, made_for: object, base: Mapping[str, str] | None) -> None:
    """Compares fingerprints. An adapter that only names its base is judged by its shapes."""
    if not isinstance(made_for, dict) or base is None:
        return
    if made_for.get("fingerprint") != base["fingerprint"]:
        name = made_for.get("name")
        other = f"{name} with other weights" if name == base["name"] else str(name)
        raise ModelError(f"{folder} was made for {other}, not for this {base['name']}", MISFIT)


def _check(
    folder: Path, targets: Mapping[str, nn.Parameter], weights: Mapping[str, torch.Tensor]
) -> None:
    if set(targets) != set(weights):
        odd = sorted(set(targets) ^ set(weights))
        raise ModelError(f"{folder} does not fit this model: {odd[0]} has no counterpart", MISFIT)
    for name, target in targets.items():
        own, asked = weights[name].shape, target.shape
        whole = own[1:] == asked[1:] if name in PROMPTS else own == asked
        if not whole or len(own) != len(asked):
            shapes = f"{tuple(own)} for {tuple(asked)}"
            raise ModelError(f"{folder} does not fit this model: {name} is {shapes}", MISFIT)
        if not torch.isfinite(weights[name]).all():
            raise ModelError(f"{folder} is damaged: {name} holds numbers that are not finite")
