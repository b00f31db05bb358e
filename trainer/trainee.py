"""The model that a run trains: an encoder of an LVLM family with what is in use on it.

Refuses to know data and losses.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vladva import adapters
from vladva.adapters import Adapter, AdapterShape
from vladva.encoders import load_encoder
from vladva.errors import Unsupported
from vladva.model import VladVA
from vladva.presets import PRESETS, TWO_TOWERS
from vladva.protocols import Generator, Prepare
from vladva.trainer.config import AdapterConfig, TrainConfig


@dataclass(frozen=True)
class Trainee:
    """A loaded model. `base`: name and fingerprint of what an adapter of it is made for."""

    encoder: Any
    model: VladVA
    prepare: Prepare
    batch_size: int
    base: dict[str, str]

    def generator(self) -> Generator:
        """Its generative half, adapter off. Raises `Unsupported` on an embedder."""
        made: Generator = self.encoder.generator()
        return made

    def parameters(self) -> int:
        """All weights of base and adapter."""
        backbone, adapter = self.model.backbone, self.model.adapter
        parts = [backbone.base, backbone.head, adapter if isinstance(adapter, Adapter) else None]
        weights = {id(p): p for part in parts if part is not None for p in part.parameters()}
        return sum(weight.numel() for weight in weights.values())

    def adapter(self, wanted: AdapterConfig) -> Adapter:
        """What learns: the adapter in use where the run goes on from it, else a fresh one."""
        in_use = self.model.adapter
        if wanted.start == "in_use" and isinstance(in_use, Adapter):
            return in_use
        shape = AdapterShape(
            rank=wanted.rank,
            alpha=wanted.alpha,
            soft_prompts=wanted.soft_prompts,
            vision=wanted.vision,
            projector=wanted.projector,
        )
        return adapters.create(self.model, shape)


def trainee(config: TrainConfig, device: str, in_use: Path | Literal["packaged"] | None) -> Trainee:
    """Load the base and what is in use on it.

    Raises `Unsupported` on two-tower models, and what `load_encoder` raises.
    """
    named = config.model
    preset = PRESETS.get(named.name)
    if preset is not None and preset.family in TWO_TOWERS:  # before anything is downloaded
        raise _two_towers(named.name)
    encoder: Any = load_encoder(named.name, device=device, dtype=named.dtype, adapter=in_use)
    if not isinstance(getattr(encoder, "model", None), VladVA):
        raise _two_towers(named.name)
    return Trainee(encoder, encoder.model, encoder.prepare, encoder.batch_size, dict(encoder.base))


def _two_towers(name: str) -> Unsupported:
    return Unsupported(
        f"{name} has two towers: there is no language model to tune",
        "name an LVLM, such as mini or qwen2-vl-2b",
    )
