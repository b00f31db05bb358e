"""Tiny checkpoints of every encoder family, made from configs in code, saved as real folders."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    Blip2Config,
    Blip2ForImageTextRetrieval,
    BlipConfig,
    BlipForImageTextRetrieval,
    CLIPConfig,
    CLIPModel,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Siglip2Config,
    Siglip2Model,
    SiglipConfig,
    SiglipModel,
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
TEXTS = [
    "a dog",
    "",
    "a very long text about a red car and a blue boat, " * 6 + "then a house.",
    "eine Katze schläft auf dem Tisch",
    "雪の中の犬",
    "кошка 🐈 на столе",
]
CORPUS = [
    *TEXTS,
    "Describe the scene in the picture above in one word: USER ASSISTANT answer yes or no",
    *[" yes", " no"] * 50,
]
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


def tokenizer(specials: list[str], template: str | None, frame: str = "$A") -> Any:
    """A byte-level BPE trained on a few sentences; its special tokens come first, in order.

    `frame`: what it puts around every text by itself, such as "<s> $A".
    """
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(CORPUS, trainer)
    around = [(token, specials.index(token)) for token in frame.split() if token != "$A"]  # noqa: S105
    inner.post_processor = processors.TemplateProcessing(single=frame, special_tokens=around)
    made = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        bos_token="<s>" if "<s>" in specials else None,
        extra_special_tokens=[s for s in specials if s not in ("<pad>", "</s>", "<s>")],
    )
    made.chat_template = template
    return made


VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3,
          "num_attention_heads": 2, "image_size": 28, "patch_size": 14}  # fmt: skip
TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 420,
        "max_position_embeddings": 2048, "bos_token_id": None, "eos_token_id": 1}  # fmt: skip
CLIP_PIXELS = {"size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28},
               "image_processor_type": "CLIPImageProcessor"}  # fmt: skip


def _mini(folder: Path) -> None:
    tokenizer(["<pad>", "</s>", "<image>"], None).save_pretrained(folder)
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **TEXT},
        image_token_id=2,
        image_seq_length=4,
    )
    _save(LlavaForConditionalGeneration(config), folder, CLIP_PIXELS)


def _llava(folder: Path) -> None:
    tokenizer(["<s>", "</s>", "<pad>", "<image>"], LLAVA_TEMPLATE, "<s> $A").save_pretrained(folder)
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **TEXT},
        image_token_id=3,
        image_seq_length=4,
    )
    _save(LlavaForConditionalGeneration(config), folder, CLIP_PIXELS)


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
    _save(LlavaNextForConditionalGeneration(config), folder, pixels)


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
    _save(Qwen2VLForConditionalGeneration(config), folder, QWEN_PIXELS)


def _qwen2_5_vl(folder: Path) -> None:
    tokenizer(QWEN_TOKENS, QWEN_TEMPLATE).save_pretrained(folder)
    config = Qwen2_5_VLConfig(
        text_config={**TEXT, "rope_parameters": _mrope([2, 1, 1])},
        vision_config={"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64,
                       "out_hidden_size": 32, "patch_size": 14, "window_size": 56,
                       "fullatt_block_indexes": [1]},
        **QWEN_IDS,
    )  # fmt: skip
    _save(Qwen2_5_VLForConditionalGeneration(config), folder, QWEN_PIXELS)


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
    _save(Qwen3VLForConditionalGeneration(qwen3_config(**QWEN_IDS)), folder, QWEN_PIXELS)


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
    _save(whole(made), folder, pixels)


def _mrope(section: list[int]) -> dict[str, Any]:
    return {"rope_type": "default", "mrope_section": section, "rope_theta": 10000.0}


TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
         "num_attention_heads": 2, "vocab_size": 420}  # fmt: skip


def _clip(folder: Path) -> None:
    tokenizer(["<pad>", "</s>"], None, "$A </s>").save_pretrained(folder)
    words = {**TOWER, "max_position_embeddings": 77, "eos_token_id": 1, "bos_token_id": 0}
    config = CLIPConfig(text_config=words, vision_config=VISION, projection_dim=24)
    _save(CLIPModel(config), folder, CLIP_PIXELS)


def _siglip(folder: Path) -> None:
    tokenizer(["<pad>", "</s>"], None, "$A </s>").save_pretrained(folder)
    words = {**TOWER, "max_position_embeddings": 64}
    config = SiglipConfig(text_config=words, vision_config=VISION)
    pixels = {"size": {"height": 28, "width": 28}, "image_processor_type": "SiglipImageProcessor"}
    _save(SiglipModel(config), folder, pixels)


def _siglip2(folder: Path) -> None:
    tokenizer(["<pad>", "</s>"], None, "$A </s>").save_pretrained(folder)
    vision = {k: v for k, v in VISION.items() if k != "image_size"}
    config = Siglip2Config(
        text_config={**TOWER, "max_position_embeddings": 64},
        vision_config={**vision, "num_patches": 16},
    )
    pixels = {"image_processor_type": "Siglip2ImageProcessor", "patch_size": 14,
              "max_num_patches": 16}  # fmt: skip
    _save(Siglip2Model(config), folder, pixels)


BLIP_PIXELS = {"image_processor_type": "BlipImageProcessor", "size": {"height": 28, "width": 28}}
BERT = ["<pad>", "</s>", "[CLS]", "[SEP]"]


def _blip(folder: Path) -> None:
    tokenizer(BERT, None, "[CLS] $A [SEP]").save_pretrained(folder)
    words = {**TOWER, "max_position_embeddings": 512, "pad_token_id": 0, "bos_token_id": 2}
    config = BlipConfig(text_config=words, vision_config=VISION, image_text_hidden_size=24)
    _save(BlipForImageTextRetrieval(config), folder, BLIP_PIXELS)


def _blip_2(folder: Path) -> None:
    tokenizer(BERT, None, "[CLS] $A [SEP]").save_pretrained(folder)
    queries = {
        **TOWER,
        "max_position_embeddings": 512,
        "pad_token_id": 0,
        "use_qformer_text_input": True,
        "cross_attention_frequency": 1,
    }
    config = Blip2Config(
        qformer_config=queries,
        vision_config=VISION,
        text_config={"model_type": "opt", **TOWER, "ffn_dim": 64, "word_embed_proj_dim": 32},
        num_query_tokens=5,
        image_text_hidden_size=24,
    )  # fmt: skip
    _save(Blip2ForImageTextRetrieval(config), folder, BLIP_PIXELS)


def _save(model: Any, folder: Path, pixels: dict[str, Any]) -> None:
    spread(model)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))


def spread(model: Any) -> None:
    """Weights large enough that positions, masks and pictures matter to a vector."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.15 + (parameter.ndim == 1))


@cache
def checkpoint(kind: str) -> Path:
    """The folder of a tiny checkpoint, made once a test run."""
    folder = Path(tempfile.mkdtemp(prefix="vladva-tiny-")) / kind
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    folder.mkdir()
    globals()[f"_{kind.replace('-', '_')}"](folder)
    return folder


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """A colourful picture without a flat spot."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


PICTURES = [picture(64, 48, 1), picture(40, 90, 2), picture(200, 60, 3), picture(28, 28, 4)]
