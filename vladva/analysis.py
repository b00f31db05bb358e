"""What the summary token knows, in numbers: next tokens, their entropy, the spread of embeddings.

Figures 2 to 4 of the paper rest on these. Works on any `VladVA` model; an adapter counts as long as
it is on. Refuses to know families, files and plots; attention is in `vladva.attention`.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vladva.encoders.lanes import encode_in_lanes
from vladva.errors import Unsupported
from vladva.model import Side, VladVA
from vladva.presets import PRESETS
from vladva.prompts import PromptPair
from vladva.protocols import Encoder, Prepared, Vectors

Floats = NDArray[np.float64]
NOTHING = 1e-10
"""A share of the vectors' squared length below which a variance is rounding, not spread."""


@dataclass(frozen=True)
class NextToken:
    """A token that the model would say next, and how probable it finds it (0..1)."""

    text: str
    p: float


@dataclass(frozen=True)
class Readout:
    """Summary tokens of n inputs: unit vectors [n, dim], entropy of the next token [n] in nats."""

    vectors: Vectors
    entropy: Floats


def model_of(encoder: Encoder) -> VladVA:
    """The LVLM behind an encoder. Raises `Unsupported` on two towers, which have no summary token.

    Every LVLM family of `vladva.encoders` has one.
    """
    model = getattr(encoder, "model", None)
    if isinstance(model, VladVA):
        return model
    raise two_towers(encoder.name)


def two_towers(name: str) -> Unsupported:
    """What to say of a model whose pictures and texts never meet in one language model."""
    names = ", ".join(name for name, preset in PRESETS.items() if preset.generative)
    return Unsupported(
        f"{name} has two towers: it has no summary token to look into",
        f"name a vision-language model: {names}",
    )


def bare(model: VladVA) -> AbstractContextManager[None]:
    """The model without what tuning added, inside the context; nothing changes where that is so."""
    return nullcontext() if model.adapter is None else model.adapter.off()


@contextmanager
def asked(model: VladVA, pair: PromptPair) -> Iterator[None]:
    """The model with other prompts inside; its chat, hence the system turn, stays what it is.

    Soft prompts take the place of written ones: compare prompts with the adapter off (`bare`).
    """
    with model.lock:
        own, model.prompts = model.prompts, pair
        try:
            yield
        finally:
            model.prompts = own


def read_pictures(model: VladVA, pictures: Sequence[Prepared], batch_size: int) -> Readout:
    """Pictures → what their summary tokens say. Raises `Unsupported` without a language head."""
    return _read(
        model,
        [picture["pixel_values"].size for picture in pictures],
        batch_size,
        lambda chosen: model.image_side([pictures[i] for i in chosen]).summary,
    )


def read_texts(model: VladVA, texts: Sequence[str], batch_size: int) -> Readout:
    """Texts → what their summary tokens say. Raises `Unsupported` without a language head."""
    return _read(
        model,
        [len(text) for text in texts],
        batch_size,
        lambda chosen: model.text_side([texts[i] for i in chosen]),
    )


def next_logits(model: VladVA, side: Side, given: Prepared | str) -> Tensor:
    """One picture or one text → next-token logits [vocabulary] at its summary token, float32."""
    with model.lock, torch.inference_mode():
        if side == "text":
            return model.logits(model.text_side([str(given)]))[0].cpu()
        picture: Any = given
        return model.logits(model.image_side([picture]).summary)[0].cpu()


def entropy(logits: Tensor) -> Floats:
    """Next-token logits [..., vocabulary] → entropy [...] of their distribution, in nats.

    0 for one certain token, ln(vocabulary) for all alike; nats ÷ ln 2 are bits.
    """
    logs = logits.double().log_softmax(-1)
    terms = torch.special.entr(logs.exp())  # 0 where p is 0
    found: Floats = terms.sum(-1).cpu().numpy()
    return found


def top_tokens(model: VladVA, logits: Tensor, k: int) -> list[NextToken]:
    """Next-token logits [vocabulary] → the k most probable tokens, most probable first."""
    chances = logits.double().softmax(-1)
    best = chances.topk(min(k, len(chances)))
    tokenizer: Any = model.writer.tokenizer
    return [
        NextToken(str(tokenizer.decode([int(i)])), float(p))
        for p, i in zip(best.values, best.indices, strict=True)
    ]


def cumulative_variance(vectors: NDArray[np.floating]) -> Floats:
    """Vectors [n, d] → the share of variance in the first 1, 2, … principal axes [min(n, d)].

    PCA: the mean is taken off first (paper, figure 3). Grows slowly where vectors use many
    directions. All 1 where all vectors are one and nothing is left to explain.
    """
    shares = _spectrum(vectors)
    return np.minimum(np.cumsum(shares), 1.0) if shares.any() else np.ones(len(shares))


def effective_rank(vectors: NDArray[np.floating]) -> float:
    """Vectors [n, d] → how many principal axes they use: e to the entropy of the variance shares.

    Between 1 (one axis, or none) and min(n - 1, d). Roy and Vetterli (2007), on variances (ours):
    one figure for how slowly `cumulative_variance` grows.
    """
    shares = _spectrum(vectors)
    used = shares[shares > 0]
    return math.exp(float(-(used * np.log(used)).sum()))


def density(weights: NDArray[np.floating]) -> Floats:
    """Weights [..., n], each row ≥ 0 → the share [...] of the n places that they are spread over.

    e to the entropy, over n (ours): 1 for all alike, 1/n for one place that has all, 0 for none.
    """
    whole = weights.sum(-1, keepdims=True, dtype=np.float64)
    shares = np.divide(weights, whole, out=np.zeros(weights.shape), where=whole > 0)
    logs = np.log(shares, out=np.zeros(shares.shape), where=shares > 0)
    spread = np.exp(-(shares * logs).sum(-1)) / weights.shape[-1]
    found: Floats = np.where(whole[..., 0] > 0, spread, 0.0)
    return found


def _spectrum(vectors: NDArray[np.floating]) -> Floats:
    """The shares of variance, largest first [min(n, d)]; zeros where there is no variance."""
    exact = np.asarray(vectors, np.float64)
    squares = np.linalg.svd(exact - exact.mean(axis=0), compute_uv=False) ** 2
    total = squares.sum()
    if total <= NOTHING * max(float((exact**2).sum()), np.finfo(np.float64).tiny):
        return np.zeros(len(squares))
    shares: Floats = squares / total
    return shares


def _read(model: VladVA, sizes: Sequence[int], batch_size: int, states: Any) -> Readout:
    """Likes beside likes, as an encoder does it; entropies are noted while vectors are made."""
    entropies = np.zeros(len(sizes))

    def noted(chosen: list[int]) -> Tensor:
        summary: Tensor = states(chosen)
        entropies[chosen] = entropy(model.logits(summary))
        return summary

    order = sorted(range(len(sizes)), key=lambda i: (sizes[i], i))
    groups = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    with model.lock:
        vectors = encode_in_lanes(groups, noted, model.dim, model.device)
    return Readout(vectors, entropies)
