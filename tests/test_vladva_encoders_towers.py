"""Public configs of two-tower models, written as data: their parameters on the meta device."""

from typing import Any

import pytest
import torch
from transformers import (
    Blip2Config,
    Blip2ForImageTextRetrieval,
    BlipConfig,
    BlipForImageTextRetrieval,
    CLIPConfig,
    CLIPModel,
    SiglipConfig,
    SiglipModel,
)

from vladva.presets import PRESETS

PAPER = {"openclip-g14": 1.37, "openclip-bigg14": 2.54, "blip2-itm": 1.17}
"""The paper's Params column, billions. Its 0.23 for BLIP ViT-L is the base model's count."""
GEMMA_WORDS = 256_000


def tower(width: int, inner: int, layers: int, heads: int, **more: int) -> dict[str, int]:
    return {"hidden_size": width, "intermediate_size": inner, "num_hidden_layers": layers,
            "num_attention_heads": heads, **more}  # fmt: skip


def siglip(width: int, inner: int, layers: int, heads: int, side: int) -> SiglipConfig:
    shape = tower(width, inner, layers, heads)
    return SiglipConfig(
        vision_config={**shape, "image_size": side, "patch_size": 16},
        text_config={**shape, "vocab_size": GEMMA_WORDS},
    )


def clip(vision: dict[str, int], text: dict[str, int], dim: int) -> CLIPConfig:
    patches = {"image_size": 224, "patch_size": 14}
    return CLIPConfig(vision_config={**vision, **patches}, text_config=text, projection_dim=dim)


G, TEXT_G = tower(1408, 6144, 40, 16), tower(1024, 4096, 24, 16)
BIG_G, TEXT_BIG_G = tower(1664, 8192, 48, 16), tower(1280, 5120, 32, 20)
BERT = tower(768, 3072, 12, 12, vocab_size=30524)
QUERIES = {"use_qformer_text_input": True, "vocab_size": 30523}
SHAPES: dict[str, tuple[Any, Any]] = {
    "siglip2-base": (SiglipModel, siglip(768, 3072, 12, 12, 256)),
    "siglip2-so400m": (SiglipModel, siglip(1152, 4304, 27, 16, 384)),
    "openclip-g14": (CLIPModel, clip(G, TEXT_G, 1024)),
    "openclip-bigg14": (CLIPModel, clip(BIG_G, TEXT_BIG_G, 1280)),
    "blip-itm-l": (
        BlipForImageTextRetrieval,
        BlipConfig(
            vision_config=tower(1024, 4096, 24, 16, image_size=384, patch_size=16),
            text_config=BERT,
        ),
    ),
    "blip2-itm": (Blip2ForImageTextRetrieval, Blip2Config(qformer_config=QUERIES)),
}
"""Preset → public class and the values of its public config; of CLIP's own see `true_shapes`."""


def counted(kind: Any, config: Any) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in kind(config).parameters())


@pytest.mark.parametrize("name", SHAPES)
def test_a_public_config_has_the_presets_number_of_parameters_and_its_size(name: str) -> None:
    preset, count = PRESETS[name], counted(*SHAPES[name])
    assert count / 1e9 == pytest.approx(preset.params_b, rel=0.015)
    assert count / 1e9 == pytest.approx(PAPER.get(name, preset.params_b), rel=0.015)
    assert preset.size_bytes == pytest.approx(4 * count, rel=0.01)


def test_the_papers_count_of_blip_is_the_base_models() -> None:
    base = BlipConfig(
        vision_config=tower(768, 3072, 12, 12, image_size=384, patch_size=16), text_config=BERT
    )
    assert counted(BlipForImageTextRetrieval, base) / 1e9 == pytest.approx(0.23, abs=0.01)


def test_every_two_tower_preset_of_transformers_has_its_shape_in_a_test() -> None:
    ours = {n for n, p in PRESETS.items() if p.family in {"clip", "blip"} and p.hub_id}
    assert {name for name in ours if not name.startswith("clip-vit")} == set(SHAPES)
