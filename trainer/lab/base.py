"""A base that is not trained yet: fresh words and a fresh projector behind trained eyes.

Ours. Refuses to know how a stage trains.
"""

from itertools import chain
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast

from vladva.generate import ANSWER, CAPTION
from vladva.toyland.words import vocabulary_texts
from vladva.trainer.lab.backbone import backbone_of
from vladva.trainer.lab.lessons import PROMPT_PAIR
from vladva.trainer.lab.shape import Shape, train_tokenizer
from vladva.trainer.lab.vision import EYES, Eyes

VOCABULARY_TEXTS = 20_000
PROJECTOR = "projector.safetensors"


def new_base(folder: Path, shape: Shape) -> tuple[Any, PreTrainedTokenizerFast]:
    """An LVLM with the tower that `vision` left in `folder`, and its tokenizer."""
    asked = [*CAPTION.values(), PROMPT_PAIR.image, PROMPT_PAIR.text, f"{ANSWER} yes no"]
    tokenizer = train_tokenizer(chain(vocabulary_texts(VOCABULARY_TEXTS), asked * 2000))
    backbone = backbone_of(shape)
    lvlm = backbone.lvlm(tokenizer, shape)
    eyes = Eyes(shape)
    eyes.load_state_dict(load_file(folder / EYES))
    backbone.eyes(lvlm).load_state_dict(eyes.tower.state_dict())
    return lvlm, tokenizer


def aligned_base(folder: Path, shape: Shape) -> tuple[Any, PreTrainedTokenizerFast]:
    """The same with the projector that `align` left there."""
    lvlm, tokenizer = new_base(folder, shape)
    backbone_of(shape).projector(lvlm).load_state_dict(load_file(folder / PROJECTOR))
    return lvlm, tokenizer


def save_projector(lvlm: Any, shape: Shape, folder: Path) -> None:
    """Keep it for `aligned_base`."""
    save_file(backbone_of(shape).projector(lvlm).state_dict(), folder / PROJECTOR)
