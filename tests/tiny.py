"""Tiny checkpoints of every encoder family, made from configs in code, saved as real folders."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tiny_parts
import tiny_towers
from PIL import Image
from tiny_parts import CLIP_PIXELS, TEXT, VISION, save, tokenizer
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TOKENIZERS = DATA / "tokenizers"
KINDS = (
    "mini",
    "llava",
    "llava_next",
    "qwen2_vl",
    "qwen2_5_vl",
    "qwen3_vl",
    "smolvlm",
    "idefics3",
    "clip",
    "siglip",
    "siglip2",
    "blip",
)
APART = ("blip-2", "open_clip")
"""Model types with tests of their own: no single vector a picture, and a package of its own."""
LVLMS = KINDS[:8]
TEXTS, spread = tiny_parts.TEXTS, tiny_parts.spread
LLAVA_TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'user' %}USER: {% for c in m.content %}"
    "{% if c.type == 'image' %}<image>\n{% endif %}{% endfor %}{% for c in m.content %}"
    "{% if c.type == 'text' %}{{ c.text }} {% endif %}{% endfor %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
QWEN_TEMPLATE = (
    "{% for m in messages %}{% if loop.first and m.role != 'system' %}<|im_start|>system\n"
    "You are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ m.role }}\n"
    "{% for c in m.content %}{% if c.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

SMOLVLM_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def _mini(folder: Path) -> None:
    tokenizer(["<pad>", "</s>", "<image>"], None).save_pretrained(folder)
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **TEXT},
        image_token_id=2,
        image_seq_length=4,
    )
    save(LlavaForConditionalGeneration(config), folder, CLIP_PIXELS)


def _llava(folder: Path) -> None:
    tokenizer(["<s>", "</s>", "<pad>", "<image>"], LLAVA_TEMPLATE, "<s> $A").save_pretrained(folder)
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **TEXT},
        image_token_id=3,
        image_seq_length=4,
    )
    save(LlavaForConditionalGeneration(config), folder, CLIP_PIXELS)


def _llava_next(folder: Path) -> None:
    tokenizer(["<s>", "</s>", "<pad>", "<image>"], LLAVA_TEMPLATE, "<s> $A").save_pretrained(folder)
    grids = [[28, 56], [56, 28], [56, 56], [84, 28], [28, 84]]
    config = LlavaNextConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **TEXT},
        image_token_id=3,
        image_grid_pinpoints=grids,
    )
    pixels = {**CLIP_PIXELS, "image_grid_pinpoints": grids,
              "image_processor_type": "LlavaNextImageProcessor"}  # fmt: skip
    save(LlavaNextForConditionalGeneration(config), folder, pixels)


QWEN_TOKENS = ["<pad>", "</s>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
               "<|image_pad|>", "<|video_pad|>"]  # fmt: skip
QWEN_IDS = {"vision_start_token_id": 4, "vision_end_token_id": 5, "image_token_id": 6,
            "video_token_id": 7}  # fmt: skip
QWEN_PIXELS = {"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 56 * 56,
               "max_pixels": 112 * 140, "patch_size": 14, "merge_size": 2,
               "temporal_patch_size": 2}  # fmt: skip


def _qwen2_vl(folder: Path) -> None:
    tokenizer(QWEN_TOKENS, QWEN_TEMPLATE).save_pretrained(folder)
    config = Qwen2VLConfig(
        text_config={**TEXT, "rope_parameters": _mrope([2, 1, 1])},
        vision_config={"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2,
                       "mlp_ratio": 2, "patch_size": 14},
        **QWEN_IDS,
    )  # fmt: skip
    save(Qwen2VLForConditionalGeneration(config), folder, QWEN_PIXELS)


def _qwen2_5_vl(folder: Path) -> None:
    tokenizer(QWEN_TOKENS, QWEN_TEMPLATE).save_pretrained(folder)
    config = Qwen2_5_VLConfig(
        text_config={**TEXT, "rope_parameters": _mrope([2, 1, 1])},
        vision_config={"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64,
                       "out_hidden_size": 32, "patch_size": 14, "window_size": 56,
                       "fullatt_block_indexes": [1]},
        **QWEN_IDS,
    )  # fmt: skip
    save(Qwen2_5_VLForConditionalGeneration(config), folder, QWEN_PIXELS)


def qwen3_config(**ids: int) -> Qwen3VLConfig:
    """Qwen3-VL's own shape, cut down to two layers of width 32."""
    text = {
        **TEXT,
        "head_dim": 8,
        "rope_parameters": {**_mrope([2, 1, 1]), "mrope_interleaved": True},
    }
    text["vocab_size"] = ids.pop("vocab_size", 420)
    vision = {"depth": 3, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64,
              "out_hidden_size": 32, "patch_size": 14, "num_position_embeddings": 64,
              "deepstack_visual_indexes": [0, 1]}  # fmt: skip
    return Qwen3VLConfig(text_config=text, vision_config=vision, **ids)


def _qwen3_vl(folder: Path) -> None:
    tokenizer(QWEN_TOKENS, QWEN_TEMPLATE).save_pretrained(folder)
    save(Qwen3VLForConditionalGeneration(qwen3_config(**QWEN_IDS)), folder, QWEN_PIXELS)


SMOLVLM_TOKENS = ["<pad>", "</s>", "<|im_start|>", "<image>", "<end_of_utterance>",
                  "<fake_token_around_image>", "<global-img>"]  # fmt: skip


def _smolvlm(folder: Path) -> None:
    _save_smolvlm(folder, SmolVLMConfig, SmolVLMForConditionalGeneration, "SmolVLM")


def _idefics3(folder: Path) -> None:
    _save_smolvlm(folder, Idefics3Config, Idefics3ForConditionalGeneration, "Idefics3")


def _save_smolvlm(folder: Path, config: Any, whole: Any, name: str) -> None:
    tokenizer(SMOLVLM_TOKENS, SMOLVLM_TEMPLATE).save_pretrained(folder)
    vision = {**VISION, "image_size": 56}
    made = config(
        text_config={"model_type": "llama", **TEXT, "pad_token_id": 0},
        vision_config=vision,
        image_token_id=3,
        scale_factor=2,
    )
    pixels = {"image_processor_type": f"{name}ImageProcessor", "size": {"longest_edge": 224},
              "max_image_size": {"longest_edge": 56}, "resample": 1, "do_image_splitting": True,
              "do_pad": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}  # fmt: skip
    save(whole(made), folder, pixels)


def _mrope(section: list[int]) -> dict[str, Any]:
    return {"rope_type": "default", "mrope_section": section, "rope_theta": 10000.0}


@cache
def checkpoint(kind: str) -> Path:
    """The folder of a tiny checkpoint, made once a test run."""
    folder = Path(tempfile.mkdtemp(prefix="vladva-tiny-")) / kind
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    folder.mkdir()
    name = kind.replace("-", "_")
    make = getattr(tiny_towers, name, None) or globals()[f"_{name}"]
    make(folder)
    return folder


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """A colourful picture without a flat spot."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


PICTURES = [picture(64, 48, 1), picture(40, 90, 2), picture(200, 60, 3), picture(28, 28, 4)]
