"""Qwen2-VL, Qwen2.5-VL and Qwen3-VL, the Qwen3-VL-Embedding models among them.

Pictures keep their aspect, positions are three-dimensional (M-RoPE), and Qwen3-VL adds vision
features to its first layers (deepstack). Refuses to know prompts and losses.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    PreTrainedModel,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLModel,
    Qwen2VLForConditionalGeneration,
    Qwen2VLModel,
    Qwen3VLForConditionalGeneration,
    Qwen3VLModel,
)

from vladva.encoders.loading import Placement
from vladva.encoders.lvlm import (
    LvlmEncoder,
    OneByOne,
    assemble,
    chat_for,
    load_parts,
    numbers_of,
    prompts_of,
)
from vladva.encoders.patches import Patches
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, pixels_of
from vladva.encoders.source import Source
from vladva.model import Features, Part
from vladva.protocols import Prepared

CLASSES: dict[str, tuple[type[PreTrainedModel], type[PreTrainedModel]]] = {
    "qwen2_vl": (Qwen2VLForConditionalGeneration, Qwen2VLModel),
    "qwen2_5_vl": (Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLModel),
    "qwen3_vl": (Qwen3VLForConditionalGeneration, Qwen3VLModel),
}
MAX_PIXELS = 512 * 28 * 28
"""Pixels of a picture that are looked at, at most (ours): cost grows with them. 512 tokens of
Qwen2-VL, 392 of Qwen3-VL."""


class QwenBackbone(OneByOne):
    """Looks at packed patches, places image tokens on a grid."""

    language = "language_model"

    def look(self, pictures: Sequence[Prepared]) -> Features:
        """Pictures of any sizes → image tokens; each attends only to itself."""
        device = self.base.device
        patches = torch.cat([torch.from_numpy(p["pixel_values"]) for p in pictures])
        grids = torch.stack([torch.from_numpy(p["image_grid_thw"]) for p in pictures])
        grids = grids.to(device)
        seen = self.base.get_image_features(patches.to(device), grids)
        deep = getattr(seen, "deepstack_features", None) or []
        return Features(
            tokens=torch.cat(list(seen.pooler_output)),
            counts=tuple(len(own) for own in seen.pooler_output),
            grids=grids,
            deep=tuple(torch.cat(list(layer)) for layer in deep),
        )

    def part(self, name: Part) -> tuple[nn.Module, ...]:
        """Vision blocks, or the mergers behind them: Qwen3-VL has one for each deep layer too."""
        visual = self.base.visual
        deep = getattr(visual, "deepstack_merger_list", ())
        return (visual.blocks,) if name == "vision" else (visual.merger, *deep)

    def positions(self, ids: Tensor, mask: Tensor, grids: Tensor | None) -> Tensor:
        """Position ids [3, n, T]: time, row, column. Words have all three alike.

        Always given to the model: left to itself, it reuses offsets of the call before.
        """
        if grids is None:
            return super().positions(ids, mask, grids).expand(3, -1, -1)
        kinds = (ids == self.image_token_id).int() * mask.int()
        placed: Tensor = self.base.get_rope_index(
            ids, mm_token_type_ids=kinds, image_grid_thw=grids, attention_mask=mask
        )[0]
        return placed


def load(source: Source, placement: Placement, adapter: Path | None) -> LvlmEncoder:
    """A Qwen-VL checkpoint → its encoder. Raises `ModelError`."""
    whole, base = CLASSES[source.model_type]
    parts = load_parts(source, whole, base, placement)
    prompts = prompts_of(source)
    chat = chat_for(source, parts, prompts)
    vision = parts.base.config.vision_config
    prepare = patches_of(numbers_of(source), int(vision.patch_size))
    model = assemble(parts, QwenBackbone(parts), chat, prompts)
    return LvlmEncoder(source, model, prepare, placement, adapter)


def patches_of(config: Mapping[str, Any], patch: int, max_pixels: int = MAX_PIXELS) -> Patches:
    """A Qwen-VL preprocessor config → `Patches`, no picture larger than `max_pixels`."""
    size = config.get("size") or {}
    least = int(config.get("min_pixels") or size.get("shortest_edge") or 56 * 56)
    most = int(config.get("max_pixels") or size.get("longest_edge") or max_pixels)
    return Patches(
        pixels=pixels_of(config, resample=3, mean=CLIP_MEAN, std=CLIP_STD),
        min_pixels=least,
        max_pixels=min(most, max_pixels),
        patch=int(config.get("patch_size") or patch),
        merge=int(config.get("merge_size") or 2),
        temporal=int(config.get("temporal_patch_size") or 2),
    )
