"""What the summary token looks at: its attention over a picture's tokens, layer by layer, by head.

Figure 6 of the paper. Weights are there only while a model attends "eagerly", so one pass is made
that way, and every layer's row is taken as it comes by: never more than one layer's square of
weights is held. Refuses to know families and plots.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vladva.errors import Unsupported
from vladva.model import Features, VladVA
from vladva.protocols import Prepared

Maps = NDArray[np.float32]


@dataclass(frozen=True)
class Attention:
    """What the summary token of one picture attends to.

    `weights` [layers, heads, image tokens]: probabilities; what is missing to 1 goes to words.
    `grid` = (rows, columns): the first rows × columns image tokens are the whole picture, row by
    row (LLaVA-NeXT has more behind them: its tiles).
    """

    weights: Maps
    grid: tuple[int, int]

    @property
    def on_picture(self) -> Maps:
        """How much of each head's attention the picture gets, [layers, heads], 0..1."""
        found: Maps = self.weights.sum(-1)
        return found

    @property
    def maps(self) -> Maps:
        """The whole picture's weights as pictures, [layers, heads, rows, columns]."""
        rows, columns = self.grid
        found: Maps = self.weights[..., : rows * columns]
        return found.reshape(*found.shape[:2], rows, columns)


def attention(model: VladVA, picture: Prepared) -> Attention:
    """One picture → what its summary token attends to, with the adapter as it is now.

    The model's own way of attending is back afterwards, whatever happens. Raises `Unsupported`
    where the language model cannot attend eagerly.
    """
    turn = model.writer.turn(picture=True, prompt=model.prompts.image)
    first = turn.ids.index(model.backbone.image_token_id)
    with model.lock, torch.inference_mode():
        seen = model.look([picture])
        (count,) = seen.counts
        with _eager(model.language_model), _last_rows(model.language_model) as rows:
            model.image_side(seen)
    # The row of a picture is one sequence without padding: its last token is the summary token.
    weights = torch.stack([row[:, first : first + count] for row in rows])
    return Attention(weights.float().cpu().numpy(), _grid(model, seen))


@contextmanager
def _eager(language_model: Any) -> Iterator[None]:
    own = getattr(getattr(language_model, "config", None), "_attn_implementation", None)
    if own is None or not hasattr(language_model, "set_attn_implementation"):
        raise Unsupported("this language model does not say how it attends", "look at its base")
    if own == "eager":
        yield
        return
    language_model.set_attn_implementation("eager")
    try:
        yield
    finally:
        language_model.set_attn_implementation(own)


@contextmanager
def _last_rows(language_model: Any) -> Iterator[list[Tensor]]:
    """Collects each layer's attention of the last token, [heads, tokens], in order."""
    rows: list[Tensor] = []

    def take(_module: Any, _args: Any, output: tuple[Tensor, Tensor | None]) -> None:
        if output[1] is None:
            raise Unsupported("this language model keeps its attention weights to itself")
        rows.append(output[1][0, :, -1].clone())

    hooks = [layer.self_attn.register_forward_hook(take) for layer in language_model.layers]
    try:
        yield rows
    finally:
        for hook in hooks:
            hook.remove()


def _grid(model: VladVA, seen: Features) -> tuple[int, int]:
    """Rows and columns of the whole picture among the image tokens."""
    (count,) = seen.counts
    if seen.grids is not None:
        frames, high, wide = (int(n) for n in seen.grids[0])
        merge = math.isqrt(frames * high * wide // count)
        return frames * high // merge, wide // merge
    side = math.isqrt(count)
    if side * side != count:  # tiles: the whole picture, made small, is the first of them
        vision = model.backbone.base.config.vision_config
        side = int(vision.image_size) // int(vision.patch_size)
    return side, side
