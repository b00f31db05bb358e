"""Tiny checkpoints of the families with two towers."""

from pathlib import Path

from tiny_parts import CLIP_PIXELS, VISION, save, tokenizer
from transformers import (
    Blip2Config,
    Blip2ForImageTextRetrieval,
    BlipConfig,
    BlipForImageTextRetrieval,
    CLIPConfig,
    CLIPModel,
    Siglip2Config,
    Siglip2Model,
    SiglipConfig,
    SiglipModel,
)

TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
         "num_attention_heads": 2, "vocab_size": 420}  # fmt: skip


def clip(folder: Path) -> None:
    tokenizer(["<pad>", "</s>"], None, "$A </s>").save_pretrained(folder)
    words = {**TOWER, "max_position_embeddings": 77, "eos_token_id": 1, "bos_token_id": 0}
    config = CLIPConfig(text_config=words, vision_config=VISION, projection_dim=24)
    save(CLIPModel(config), folder, CLIP_PIXELS)


def siglip(folder: Path) -> None:
    tokenizer(["<pad>", "</s>"], None, "$A </s>").save_pretrained(folder)
    words = {**TOWER, "max_position_embeddings": 64}
    config = SiglipConfig(text_config=words, vision_config=VISION)
    pixels = {"size": {"height": 28, "width": 28}, "image_processor_type": "SiglipImageProcessor"}
    save(SiglipModel(config), folder, pixels)


def siglip2(folder: Path) -> None:
    tokenizer(["<pad>", "</s>"], None, "$A </s>").save_pretrained(folder)
    vision = {k: v for k, v in VISION.items() if k != "image_size"}
    config = Siglip2Config(
        text_config={**TOWER, "max_position_embeddings": 64},
        vision_config={**vision, "num_patches": 16},
    )
    pixels = {"image_processor_type": "Siglip2ImageProcessor", "patch_size": 14,
              "max_num_patches": 16}  # fmt: skip
    save(Siglip2Model(config), folder, pixels)


BLIP_PIXELS = {"image_processor_type": "BlipImageProcessor", "size": {"height": 28, "width": 28}}


BERT = ["<pad>", "</s>", "[CLS]", "[SEP]"]


def blip(folder: Path) -> None:
    tokenizer(BERT, None, "[CLS] $A [SEP]").save_pretrained(folder)
    words = {**TOWER, "max_position_embeddings": 512, "pad_token_id": 0, "bos_token_id": 2}
    config = BlipConfig(text_config=words, vision_config=VISION, image_text_hidden_size=24)
    save(BlipForImageTextRetrieval(config), folder, BLIP_PIXELS)


def blip_2(folder: Path) -> None:
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
    save(Blip2ForImageTextRetrieval(config), folder, BLIP_PIXELS)
