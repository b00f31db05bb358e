"""LLaVA-1.5, LLaVA-NeXT, and this project's own `mini`, which is a small LLaVA.

Refuses to know prompts and losses: `vladva.model` does all but looking and placing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    LlavaForConditionalGeneration,
    LlavaModel,
    LlavaNextForConditionalGeneration,
    LlavaNextModel,
)

from vladva.encoders.loading import Placement
from vladva.encoders.lvlm import (
    Loaded,
    LvlmEncoder,
    OneByOne,
    assemble,
    chat_for,
    load_parts,
    numbers_of,
    prompts_of,
)
from vladva.encoders.patches import Tiles
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, Crop, crop_of, pixels_of, shape_of
from vladva.encoders.source import Source
from vladva.errors import ModelError
from vladva.model import Features, Part
from vladva.prompts import Chat, bare_chat
from vladva.protocols import Prepared

VICUNA = Chat(opening="USER: ", image="<image>\n", closing=" ASSISTANT:")
"""LLaVA-1.5's turn, for a copy of it that lost its chat template."""
VICUNA_IMAGE_ID = 32000
"""Llama-2's vocabulary ends right before it."""
GRIDS = ((336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008))
_CLIP = {"resample": 3, "mean": CLIP_MEAN, "std": CLIP_STD}


class LlavaBackbone(OneByOne):
    """Looks with a CLIP tower, places tokens one after the other."""

    language = "language_model"

    def look(self, pictures: Sequence[Prepared]) -> Features:
        """Pictures → image tokens. A picture of LLaVA-NeXT is several tiles."""
        arrays = [torch.from_numpy(picture["pixel_values"]) for picture in pictures]
        sizes: dict[str, Tensor] = {}
        if "image_sizes" in pictures[0]:
            pixels = torch.cat(arrays)  # [tiles of all, 3, side, side]
            stacked = torch.stack([torch.from_numpy(p["image_sizes"]) for p in pictures])
            sizes = {"image_sizes": stacked}
        else:
            pixels = torch.stack(arrays)  # [n, 3, height, width]
        pixels = pixels.to(self.base.device, self.base.dtype)
        tokens = list(self.base.get_image_features(pixel_values=pixels, **sizes).pooler_output)
        return Features(torch.cat(tokens), tuple(len(own) for own in tokens))

    def part(self, name: Part) -> tuple[nn.Module, ...]:
        """Vision tower, or projector."""
        return (self.base.vision_tower if name == "vision" else self.base.multi_modal_projector,)


def load(source: Source, placement: Placement, adapter: Path | None) -> LvlmEncoder:
    """A LLaVA checkpoint → its encoder. Raises `ModelError`."""
    following = source.model_type == "llava_next"
    whole = LlavaNextForConditionalGeneration if following else LlavaForConditionalGeneration
    parts = load_parts(source, whole, LlavaNextModel if following else LlavaModel, placement)
    prompts = prompts_of(source)
    chat = chat_for(source, parts, prompts, _chat_without_template(source, parts))
    config = numbers_of(source)
    prepare = tiles_of(config) if following else llava_crop_of(config)
    model = assemble(parts, LlavaBackbone(parts), chat, prompts)
    return LvlmEncoder(source, model, prepare, placement, adapter)


def _chat_without_template(source: Source, parts: Loaded) -> Chat | None:
    if source.model_type == "llava_next":
        return None
    return VICUNA if parts.image_token_id == VICUNA_IMAGE_ID else bare_chat(parts.image_token)


def llava_crop_of(config: Mapping[str, Any]) -> Crop:
    """LLaVA-1.5's preprocessor config → `Crop`."""
    return crop_of(config, size=336, crop=336, **_CLIP)


def tiles_of(config: Mapping[str, Any]) -> Tiles:
    """LLaVA-NeXT's preprocessor config → `Tiles`. Raises `ModelError` on tiles that are cropped."""
    side = shape_of(config.get("size") or 336)
    crop = shape_of(config.get("crop_size") or side)
    if {side, (side, side)} & {crop} == set() or not isinstance(side, int):
        raise ModelError("its preprocessor config crops tiles, which is not supported")
    grids = tuple((int(h), int(w)) for h, w in config.get("image_grid_pinpoints") or GRIDS)
    return Tiles(pixels_of(config, **_CLIP), side, grids)
