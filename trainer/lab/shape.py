"""The shapes of our own LVLMs: standard classes, small enough for two cores.

Ours. Refuses to know how it is trained; the stages are `scenes`, `vision`, `align`,
`language` and `joint`, in this order (`make mini`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    PreTrainedTokenizerFast,
)

VOCABULARY = 1024
MEAN, STD = 0.5, 0.5
"""Of pixels."""
SPECIAL = {"pad": "<pad>", "bos": "<s>", "eos": "</s>", "image": "<image>"}


@dataclass(frozen=True)
class Tower:
    """A stack of transformer layers."""

    layers: int
    width: int
    heads: int
    inner: int
    """Width of the feed-forward part."""


@dataclass(frozen=True)
class Shape:
    """A small LVLM."""

    image: int
    """Side of its pictures in pixels."""
    patch: int
    """Side of what one image token shows, in pixels."""
    vision: Tower
    language: Tower
    backbone: str = "llava"
    """A family of `backbone.BACKBONES`."""

    @property
    def grid(self) -> int:
        """Image tokens a side."""
        return self.image // self.patch


SHAPES: dict[str, Shape] = {
    "mini": Shape(112, 16, Tower(4, 192, 3, 768), Tower(4, 256, 4, 688)),
    "micro": Shape(96, 16, Tower(4, 160, 4, 640), Tower(4, 160, 4, 432)),
    "micro-qwen2_vl": Shape(
        96, 16, Tower(4, 160, 4, 640), Tower(4, 160, 4, 432), backbone="qwen2_vl"
    ),
}
"""`mini` is packaged; on `micro` the paper's findings are tried, and on another family like it."""
MINI = SHAPES["mini"]
IMAGE_SIZE = MINI.image


def vision_config(shape: Shape = MINI) -> CLIPVisionConfig:
    """The eyes: an ordinary CLIP vision tower."""
    tower = shape.vision
    return CLIPVisionConfig(
        hidden_size=tower.width,
        intermediate_size=tower.inner,
        num_hidden_layers=tower.layers,
        num_attention_heads=tower.heads,
        image_size=shape.image,
        patch_size=shape.patch,
        projection_dim=tower.width,
    )


def llava_config(tokenizer: PreTrainedTokenizerFast, shape: Shape = MINI) -> LlavaConfig:
    """The vision tower's last layer into a Llama."""
    image_token = tokenizer.convert_tokens_to_ids(SPECIAL["image"])
    assert isinstance(image_token, int)
    tower = shape.language
    text = LlamaConfig(
        hidden_size=tower.width,
        intermediate_size=tower.inner,
        num_hidden_layers=tower.layers,
        num_attention_heads=tower.heads,
        num_key_value_heads=tower.heads,
        vocab_size=len(tokenizer),
        max_position_embeddings=512,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlavaConfig(
        vision_config=vision_config(shape),
        text_config=text,
        image_token_index=image_token,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        image_seq_length=shape.grid * shape.grid,
        tie_word_embeddings=True,
    )


def train_tokenizer(texts: Iterator[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE over the drawn world's own words."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=SPECIAL["pad"],
        bos_token=SPECIAL["bos"],
        eos_token=SPECIAL["eos"],
        additional_special_tokens=[SPECIAL["image"]],
        model_max_length=512,
        padding_side="left",
    )
