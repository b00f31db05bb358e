"""What every tiny checkpoint is made of: texts, a tokenizer, sizes, and weights that matter."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

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
    around = [(token, specials.index(token)) for token in frame.split() if token != "$A"]  # noqa: S105 - no password
    inner.post_processor = processors.TemplateProcessing(single=frame, special_tokens=around)
    made = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",  # noqa: S106 - no password
        eos_token="</s>",  # noqa: S106 - no password
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


def save(model: Any, folder: Path, pixels: dict[str, Any]) -> None:
    spread(model)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))


def spread(model: Any) -> None:
    """Weights large enough that positions, masks and pictures matter to a vector."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.15 + (parameter.ndim == 1))
