"""LLaVA in the lab: a CLIP tower, an MLP, a Llama. Refuses to know how they are trained."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    CLIPVisionModel,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from vladva.trainer.lab.shape import MEAN, STD, Shape, llava_config, vision_config


class Llava:
    """See `backbone.Backbone`. The state of the whole picture is the class token's."""

    def tower(self, shape: Shape) -> nn.Module:
        """An ordinary CLIP vision tower."""
        config = vision_config(shape)
        config._attn_implementation = "sdpa"  # noqa: SLF001 - the config's only switch
        return CLIPVisionModel(config)

    def width(self, shape: Shape) -> int:
        """The tower's own."""
        return shape.vision.width

    def states(self, tower: nn.Module, pixels: Tensor) -> Tensor:
        """Its last layer, [b, 1 + tokens, width]."""
        states: Tensor = tower(pixels).last_hidden_state
        return states

    def lvlm(self, tokenizer: PreTrainedTokenizerFast, shape: Shape) -> Any:
        """A LLaVA of this shape."""
        return LlavaForConditionalGeneration(llava_config(tokenizer, shape))

    def eyes(self, lvlm: Any) -> nn.Module:
        """The tower before the projector."""
        tower: nn.Module = lvlm.model.vision_tower
        return tower

    def projector(self, lvlm: Any) -> nn.Module:
        """The MLP behind the tower."""
        projector: nn.Module = lvlm.model.multi_modal_projector
        return projector

    def tokens(self, lvlm: Any, pixels: Tensor) -> Tensor:
        """Patches, projected."""
        seen: Tensor = lvlm.model.multi_modal_projector(self.states(self.eyes(lvlm), pixels)[:, 1:])
        return seen

    def positions(self, seen: int, place: Tensor) -> Tensor:
        """One after the other, [b, seen + T]."""
        places = torch.arange(seen, device=place.device).expand(len(place), -1)
        return torch.cat([places, place + seen], 1)

    def save(self, shape: Shape, folder: Path) -> None:
        """Preprocessing."""
        size = {"height": shape.image, "width": shape.image}
        CLIPImageProcessorPil(
            size=size,
            crop_size=size,
            do_center_crop=False,
            image_mean=[MEAN] * 3,
            image_std=[STD] * 3,
        ).save_pretrained(folder)
