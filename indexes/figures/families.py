"""Checkpoints of the LVLM families for measurements: true classes and vocabularies, random weights.

Widths and layers are cut down, so that a processor is done in seconds; what a vocabulary costs
beside a model of that size is counted, not guessed. Refuses to know what is measured.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)

from vladva.prompts import DEFAULT_PROMPTS, PROMPTS

VOCABULARIES = {"llava": 32_064, "qwen2_vl": 151_936, "qwen3_vl": 151_936, "smolvlm": 49_280}
"""Of LLaVA-1.5, Qwen2-VL-2B, Qwen3-VL-2B and SmolVLM2."""
WHOLE: dict[str, type[PreTrainedModel]] = {
    "llava": LlavaForConditionalGeneration,
    "qwen2_vl": Qwen2VLForConditionalGeneration,
    "qwen3_vl": Qwen3VLForConditionalGeneration,
    "smolvlm": SmolVLMForConditionalGeneration,
}
"""The class that also speaks."""
SIDE, PATCH, HEAD = 112, 14, 128
SPECIAL = ("<pad>", "</s>", "<image>", "<|vision_start|>", "<|vision_end|>",
           "<fake_token_around_image>", "<global-img>")  # fmt: skip
IMAGE = SPECIAL.index("<image>")
_FRAMED = ("<|vision_start|>", "<image>", "<|vision_end|>")
TEMPLATE = (
    "{% for m in messages %}USER: {% for c in m.content %}{% if c.type == 'image' %}<image>"
    "{% else %}{{ c.text }}{% endif %}{% endfor %} ASSISTANT:{% endfor %}"
)


def make(kind: str, folder: Path, *, width: int = 512, layers: int = 8) -> Path:
    """Write a checkpoint of that family into a new folder. `width`: a multiple of 128."""
    torch.manual_seed(0)
    config, pixels = _CONFIGS[kind](_text(kind, width, layers), width)
    whole: Any = WHOLE[kind]
    model = whole(config)
    with torch.no_grad():
        for weight in model.parameters():  # large enough that pictures matter to a vector
            weight.mul_(2.0 if weight.ndim > 1 else 1.0)
    model.save_pretrained(folder)
    tokenizer = _tokenizer()
    if kind.startswith("qwen"):
        tokenizer.chat_template = TEMPLATE.replace("<image>", "".join(_FRAMED))
    tokenizer.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels), encoding="utf-8")
    return folder


def _text(kind: str, width: int, layers: int) -> dict[str, Any]:
    heads = width // HEAD
    return {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers,
            "num_attention_heads": heads, "num_key_value_heads": heads, "head_dim": HEAD,
            "vocab_size": VOCABULARIES[kind], "max_position_embeddings": 2048,
            "bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0}  # fmt: skip


def _vision(patch: int = PATCH) -> dict[str, Any]:
    return {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 4,
            "num_attention_heads": 4, "image_size": SIDE, "patch_size": patch}  # fmt: skip


def _llava(text: dict[str, Any], _width: int) -> tuple[Any, dict[str, Any]]:
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **_vision()},
        text_config={"model_type": "llama", **text},
        image_token_index=IMAGE,
    )
    return config, {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}


def _qwen2_vl(text: dict[str, Any], width: int) -> tuple[Any, dict[str, Any]]:
    vision = {"depth": 4, "embed_dim": 256, "hidden_size": width, "num_heads": 4, "mlp_ratio": 4,
              "patch_size": PATCH}  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [16, 24, 24], "rope_theta": 1e6}
    config = Qwen2VLConfig(
        text_config={**text, "rope_parameters": rope},
        vision_config=vision,
        tie_word_embeddings=True,
        **_marks(),
    )
    return config, _patches(PATCH)


def _qwen3_vl(text: dict[str, Any], width: int) -> tuple[Any, dict[str, Any]]:
    vision = {"depth": 4, "hidden_size": 256, "num_heads": 4, "intermediate_size": 1024,
              "out_hidden_size": width, "patch_size": 16, "num_position_embeddings": 256,
              "deepstack_visual_indexes": [0, 1, 2]}  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [24, 20, 20], "mrope_interleaved": True,
            "rope_theta": 5e6}  # fmt: skip
    config = Qwen3VLConfig(
        text_config={**text, "rope_parameters": rope},
        vision_config=vision,
        tie_word_embeddings=True,
        **_marks(),
    )
    return config, _patches(16)


def _smolvlm(text: dict[str, Any], _width: int) -> tuple[Any, dict[str, Any]]:
    config = SmolVLMConfig(
        text_config={"model_type": "llama", **text},
        vision_config=_vision(patch=7),
        image_token_id=IMAGE,
        scale_factor=4,
    )
    return config, {"max_image_size": {"longest_edge": SIDE}}


def _marks() -> dict[str, Any]:
    start, end = (SPECIAL.index(f"<|vision_{side}|>") for side in ("start", "end"))
    none = len(SPECIAL)  # videos are no pictures
    return {"image_token_id": IMAGE, "vision_start_token_id": start, "vision_end_token_id": end,
            "video_token_id": none}  # fmt: skip


def _patches(patch: int) -> dict[str, Any]:
    bounds = {"min_pixels": 56 * 56, "max_pixels": 512 * 28 * 28}
    return {**bounds, "patch_size": patch, "merge_size": 2, "temporal_patch_size": 2}


_CONFIGS: dict[str, Callable[[dict[str, Any], int], tuple[Any, dict[str, Any]]]] = {
    "llava": _llava,
    "qwen2_vl": _qwen2_vl,
    "qwen3_vl": _qwen3_vl,
    "smolvlm": _smolvlm,
}


def _tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, and the words of the project's own prompts."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[*SPECIAL, "<video>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    pair = PROMPTS[DEFAULT_PROMPTS]
    words = ["USER: ASSISTANT:", pair.image, pair.text, " yes no"] * 9
    inner.train_from_iterator(words, trainer)
    fast: Any = PreTrainedTokenizerFast
    made: PreTrainedTokenizerFast = fast(
        tokenizer_object=inner,
        pad_token="<pad>",  # noqa: S106 - a token, no password
        eos_token="</s>",  # noqa: S106 - a token, no password
    )
    made.add_special_tokens({"additional_special_tokens": [*SPECIAL[2:], "<video>"]})
    made.chat_template = TEMPLATE
    return made
