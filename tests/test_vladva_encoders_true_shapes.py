"""Public configs, written as data: their parameter counts on the meta device, no weights at all.

The paper's Params column has 2.21, 7.06 and 13.35 for the LVLMs, 0.15 and 0.43 for CLIP.
"""

from typing import Any

import pytest
import torch
from transformers import (
    CLIPConfig,
    CLIPModel,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLModel,
)

from vladva.presets import PRESETS

PAPER = {"qwen2-vl-2b": 2.21, "llava-1.5-7b": 7.06, "llava-1.5-13b": 13.35,
         "clip-vit-b32": 0.15, "clip-vit-b16": 0.15, "clip-vit-l14": 0.43}  # fmt: skip
"""The paper's Params column, billions."""


def llama(
    width: int, inner: int, layers: int, heads: tuple[int, int], words: int
) -> dict[str, Any]:
    """`heads`: of queries, and of keys and values."""
    return {"model_type": "llama", "hidden_size": width, "intermediate_size": inner,
            "num_hidden_layers": layers, "num_attention_heads": heads[0],
            "num_key_value_heads": heads[1], "vocab_size": words}  # fmt: skip


CLIP_L_336 = {"model_type": "clip_vision_model", "hidden_size": 1024, "intermediate_size": 4096,
              "num_hidden_layers": 24, "num_attention_heads": 16, "image_size": 336,
              "patch_size": 14, "projection_dim": 768}  # fmt: skip
SIGLIP_B_512 = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
                "num_attention_heads": 12, "image_size": 512, "patch_size": 16}  # fmt: skip


def llava(width: int, inner: int, layers: int, heads: int) -> LlavaConfig:
    text = llama(width, inner, layers, (heads, heads), 32064)
    return LlavaConfig(vision_config=CLIP_L_336, text_config=text)


def llava_next() -> LlavaNextConfig:
    text = llama(4096, 14336, 32, (32, 8), 128320)
    return LlavaNextConfig(vision_config=CLIP_L_336, text_config=text)


def smolvlm(width: int, inner: int, layers: int, heads: int, kv: int) -> Idefics3Config:
    text = {**llama(width, inner, layers, (heads, kv), 49280), "head_dim": 64, "pad_token_id": 2}
    return Idefics3Config(text_config=text, vision_config=SIGLIP_B_512, scale_factor=4,
                          image_token_id=49190)  # fmt: skip


def qwen2_vl(width: int, inner: int, heads: int, kv: int, words: int, *, tied: bool) -> Any:
    text = {"hidden_size": width, "intermediate_size": inner, "num_hidden_layers": 28,
            "num_attention_heads": heads, "num_key_value_heads": kv,
            "vocab_size": words}  # fmt: skip
    vision = {"depth": 32, "embed_dim": 1280, "num_heads": 16, "mlp_ratio": 4,
              "hidden_size": width, "patch_size": 14}  # fmt: skip
    return Qwen2VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=tied)


def qwen3_vl_2b() -> Qwen3VLConfig:
    text = {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28,
            "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
            "vocab_size": 151936}  # fmt: skip
    vision = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16,
              "out_hidden_size": 2048, "num_position_embeddings": 2304, "patch_size": 16,
              "deepstack_visual_indexes": [5, 11, 17]}  # fmt: skip
    return Qwen3VLConfig(text_config=text, vision_config=vision)


def clip(width: int, layers: int, patch: int, words: int, dim: int) -> CLIPConfig:
    vision = {"hidden_size": width, "intermediate_size": width * 4, "image_size": 224,
              "num_hidden_layers": layers, "num_attention_heads": width // 64,
              "patch_size": patch}  # fmt: skip
    text = {"hidden_size": words, "intermediate_size": words * 4, "num_hidden_layers": 12,
            "num_attention_heads": words // 64, "vocab_size": 49408}  # fmt: skip
    return CLIPConfig(vision_config=vision, text_config=text, projection_dim=dim)


QWEN_2B = qwen2_vl(1536, 8960, 12, 2, 151936, tied=True)
SHAPES: dict[str, tuple[type[Any], Any]] = {
    "smolvlm-256m": (Idefics3ForConditionalGeneration, smolvlm(576, 1536, 30, 9, 3)),
    "smolvlm-500m": (Idefics3ForConditionalGeneration, smolvlm(960, 2560, 32, 15, 5)),
    "qwen2-vl-2b": (Qwen2VLForConditionalGeneration, QWEN_2B),
    "llava-1.5-7b": (LlavaForConditionalGeneration, llava(4096, 11008, 32, 32)),
    "llava-1.5-13b": (LlavaForConditionalGeneration, llava(5120, 13824, 40, 40)),
    "llava-next-8b": (LlavaNextForConditionalGeneration, llava_next()),
    "e5-v": (LlavaNextForConditionalGeneration, llava_next()),
    "qwen3-vl-embedding-2b": (Qwen3VLModel, qwen3_vl_2b()),
    "gme-qwen2-vl-2b": (Qwen2VLForConditionalGeneration, QWEN_2B),
    "vlm2vec-v2": (Qwen2VLForConditionalGeneration, QWEN_2B),
    "unime-v2-7b": (
        Qwen2VLForConditionalGeneration,
        qwen2_vl(3584, 18944, 28, 4, 152064, tied=False),
    ),
    "clip-vit-b32": (CLIPModel, clip(768, 12, 32, 512, 512)),
    "clip-vit-b16": (CLIPModel, clip(768, 12, 16, 512, 512)),
    "clip-vit-l14": (CLIPModel, clip(1024, 24, 14, 768, 768)),
}
"""Preset → public class and the values of its public config."""


def counted(name: str) -> int:
    """Parameters of the shape, tied ones once; nothing is allocated."""
    kind, config = SHAPES[name]
    with torch.device("meta"):
        model = kind(config)
    model.tie_weights()
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", SHAPES)
def test_a_public_config_has_the_presets_number_of_parameters_and_its_width(name: str) -> None:
    preset, count = PRESETS[name], counted(name)
    assert count / 1e9 == pytest.approx(preset.params_b, rel=0.01, abs=0.005)
    config = SHAPES[name][1]
    width = getattr(config, "projection_dim", None) or config.get_text_config().hidden_size
    assert width == preset.dim
    if name.startswith("clip"):
        return
    assert preset.size_bytes == pytest.approx(2 * count, rel=0.01)


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_params_column_is_met_within_a_hundredth(name: str) -> None:
    assert counted(name) / 1e9 == pytest.approx(PAPER[name], rel=0.01)


def test_every_lvlm_of_the_hub_has_its_public_shape_here() -> None:
    lvlms = {n for n, p in PRESETS.items() if p.readout == "last" and p.hub_id is not None}
    elsewhere = {"qwen3-vl-embedding-8b"}  # its config lies beside its tokenizer's tests
    assert lvlms - elsewhere == set(SHAPES) - {name for name in SHAPES if name.startswith("clip")}
