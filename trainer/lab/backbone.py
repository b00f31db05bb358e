"""The seam between the lab's stages and a family of LVLMs: how its eyes, tokens and places are.

Ours. Refuses to know how anything is trained. A new family is one module and one line here.
"""

from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from vladva.trainer.lab.llava import Llava
from vladva.trainer.lab.qwen2_vl import Qwen2Vl
from vladva.trainer.lab.shape import Shape


class Backbone(Protocol):
    """What a stage asks of a family. A picture is `grid` x `grid` tokens, row by row."""

    def tower(self, shape: Shape) -> nn.Module:
        """Fresh eyes."""
        ...

    def width(self, shape: Shape) -> int:
        """Numbers in a state of the eyes."""
        ...

    def states(self, tower: nn.Module, pixels: Tensor) -> Tensor:
        """float32 [b, 3, size, size] → [b, 1 + tokens, width]: first of the whole."""
        ...

    def lvlm(self, tokenizer: PreTrainedTokenizerFast, shape: Shape) -> Any:
        """A fresh LVLM: `.model` with its `.language_model`, and `.lm_head`."""
        ...

    def eyes(self, lvlm: Any) -> nn.Module:
        """The LVLM's own tower, of the same weights as `tower` gives."""
        ...

    def projector(self, lvlm: Any) -> nn.Module:
        """What brings the eyes' states to the language model."""
        ...

    def tokens(self, lvlm: Any, pixels: Tensor) -> Tensor:
        """Pixels → what the language model is shown, [b, tokens, its width]."""
        ...

    def positions(self, seen: int, place: Tensor) -> Tensor:
        """Position ids behind a picture of `seen` tokens (0: none); `place` int64 [b, T]."""
        ...

    def save(self, shape: Shape, folder: Path) -> None:
        """Write what `load_encoder` needs beside weights and tokenizer."""
        ...


BACKBONES: dict[str, Backbone] = {"llava": Llava(), "qwen2_vl": Qwen2Vl()}
"""A config's `model_type` → its family."""


def backbone_of(shape: Shape) -> Backbone:
    """The family that a shape is of."""
    return BACKBONES[shape.backbone]
