"""Qwen2-VL in the lab: a rotary tower whose merger makes one token of four patches, and M-RoPE.

A token of the language model is as wide as a patch of the LLaVA of the same shape, so that both
see a picture in as many tokens. Refuses to know how anything is trained.
"""

import json
from math import isqrt
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
)
from transformers.models.qwen2_vl.configuration_qwen2_vl import Qwen2VLVisionConfig
from transformers.models.qwen2_vl.modeling_qwen2_vl import Qwen2VisionTransformerPretrainedModel

from vladva.trainer.lab.shape import MEAN, SPECIAL, STD, Shape

MERGE, FRAMES = 2, 2
"""Patches of a token, a side; frames of a patch: a picture is a film that stands still."""
UNUSED = -1
"""The id of a token that the lab has no need of."""
BARE_CHAT = (
    "{% for m in messages %}{% for c in m.content %}"
    f"{{% if c.type == 'image' %}}{SPECIAL['image']}{{% else %}}{{{{ c.text }}}}{{% endif %}}"
    "{% endfor %}{% endfor %}"
)
"""No turns at all, as the lab's LLaVA has none: the family needs a template that says so."""


class Qwen2Vl:
    """See `backbone.Backbone`. The state of the whole picture is the mean of its tokens."""

    def tower(self, shape: Shape) -> nn.Module:
        """Qwen2-VL's own tower, merger included."""
        return Qwen2VisionTransformerPretrainedModel(vision_config(shape))

    def width(self, shape: Shape) -> int:
        """The merger speaks the language model's width."""
        return shape.language.width

    def states(self, tower: Any, pixels: Tensor) -> Tensor:
        """Merged tokens behind their mean, [b, 1 + tokens, width]."""
        patches, grids = packed(pixels, tower.config.patch_size)
        merged: Tensor = tower(patches, grids).pooler_output  # [b * tokens, width]
        merged = merged.reshape(len(pixels), -1, merged.shape[-1])
        return torch.cat([merged.mean(1, keepdim=True), merged], 1)

    def lvlm(self, tokenizer: PreTrainedTokenizerFast, shape: Shape) -> Any:
        """A Qwen2-VL of this shape."""
        return Qwen2VLForConditionalGeneration(qwen_config(tokenizer, shape))

    def eyes(self, lvlm: Any) -> nn.Module:
        """The tower with its merger."""
        tower: nn.Module = lvlm.model.visual
        return tower

    def projector(self, lvlm: Any) -> nn.Module:
        """The merger at the tower's end: it is what a projector is elsewhere."""
        merger: nn.Module = lvlm.model.visual.merger
        return merger

    def tokens(self, lvlm: Any, pixels: Tensor) -> Tensor:
        """Merged tokens."""
        return self.states(self.eyes(lvlm), pixels)[:, 1:]

    def positions(self, seen: int, place: Tensor) -> Tensor:
        """Time, row, column [3, b, seen + T]; text goes on behind the longest side."""
        grid = isqrt(seen)
        at = torch.arange(seen, device=place.device)
        picture = torch.stack([at * 0, at // max(grid, 1), at % max(grid, 1)])
        picture = picture[:, None].expand(-1, len(place), -1)
        return torch.cat([picture, (place + grid).expand(3, -1, -1)], 2)

    def save(self, shape: Shape, folder: Path) -> None:
        """Preprocessing, and a chat template."""
        facts = {
            "image_processor_type": "Qwen2VLImageProcessor",
            "min_pixels": shape.image**2,
            "max_pixels": shape.image**2,
            "patch_size": shape.patch // MERGE,
            "merge_size": MERGE,
            "temporal_patch_size": FRAMES,
            "image_mean": [MEAN] * 3,
            "image_std": [STD] * 3,
        }
        text = json.dumps(facts, indent=2) + "\n"
        (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")
        (folder / "chat_template.jinja").write_text(BARE_CHAT, encoding="utf-8")


def packed(pixels: Tensor, patch: int) -> tuple[Tensor, Tensor]:
    """[b, 3, size, size] → patches [b * n, 3 * FRAMES * patch²] as the merger wants them, grids.

    The same numbers as `vladva.encoders.patches.Patches` makes.
    """
    count, _, height, width = pixels.shape
    rows, columns = height // patch, width // patch
    split = pixels.reshape(count, 3, rows // MERGE, MERGE, patch, columns // MERGE, MERGE, patch)
    blocks = split.permute(0, 2, 5, 3, 6, 1, 4, 7)  # [b, R, C, merge, merge, 3, patch, patch]
    films = blocks.unsqueeze(6).expand(*[-1] * 6, FRAMES, -1, -1)
    grids = torch.tensor([[1, rows, columns]] * count, device=pixels.device)
    return films.reshape(count * rows * columns, -1), grids


def vision_config(shape: Shape) -> Qwen2VLVisionConfig:
    """The eyes, merger included."""
    eyes = shape.vision
    facts: dict[str, Any] = {
        "depth": eyes.layers,
        "embed_dim": eyes.width,
        "hidden_size": shape.language.width,
        "num_heads": eyes.heads,
        "mlp_ratio": eyes.inner // eyes.width,
        "patch_size": shape.patch // MERGE,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": FRAMES,
        "image_size": shape.image,  # ours: the lab draws pictures of one size
    }
    return Qwen2VLVisionConfig(**facts)


def qwen_config(tokenizer: PreTrainedTokenizerFast, shape: Shape) -> Qwen2VLConfig:
    """The whole; of the three position sections Qwen2-VL's own shares (16, 24 and 24 of 64)."""
    tower = shape.language
    half = tower.width // tower.heads // 2
    turned = 3 * half // 8
    text = {
        "hidden_size": tower.width,
        "intermediate_size": tower.inner,
        "num_hidden_layers": tower.layers,
        "num_attention_heads": tower.heads,
        "num_key_value_heads": tower.heads,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 512,
        "tie_word_embeddings": True,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [half - 2 * turned, turned, turned],
        },
    }
    image = tokenizer.convert_tokens_to_ids(SPECIAL["image"])
    assert isinstance(image, int)
    return Qwen2VLConfig(
        text_config=text,
        vision_config=vision_config(shape),
        image_token_id=image,
        video_token_id=UNUSED,
        vision_start_token_id=UNUSED,
        vision_end_token_id=UNUSED,
        tie_word_embeddings=True,
    )
