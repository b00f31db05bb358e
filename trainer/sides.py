"""The sequences of a batch, grouped by kind, each group ready to be read out in any portions.

A `Side` gives the states of any of its rows, so that a step may read them all at once or in
chunks. Refuses to know how states are compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from vladva.losses import IGNORED, next_token
from vladva.model import Features, ImageSide, VladVA
from vladva.trainer.batch import Batch, LossWeights, Pictures, pick

LOGITS_AT_ONCE = 2**26
"""Logits that are in memory at a time (256 MiB of float32); more are made in turns (ours)."""

Rows = Sequence[int]


@dataclass(frozen=True)
class Side:
    """Sequences of one kind."""

    lengths: Sequence[int]
    """About how long each is: chunks are made of rows of like length."""
    read: Callable[[Rows], Tensor]
    """Rows → summary states [n, dim], float32 or better."""
    speak: Callable[[Rows], tuple[Tensor, Tensor]] | None = None
    """Rows → their states, and their share in the autoregressive loss, from one pass."""


def words(batch: Batch, weights: LossWeights) -> dict[str, list[str]]:
    """All texts of a batch by what they are for; `negatives` in the order of their rows."""
    rows = range(len(batch.short)) if weights.negatives and batch.negatives else ()
    pairs = batch.paraphrases if weights.text_text else ()
    twins = batch.twins if weights.twins else ()
    return {
        "short": [text for text in batch.short if text is not None],
        "negatives": [text for row in rows for text in false_texts(batch, row)],
        "first": [first for first, _ in pairs],
        "second": [second for _, second in pairs],
        "true": [true for _, true, _ in twins],
        "false": [false for _, _, false in twins],
    }


def distinct(groups: Mapping[str, Sequence[str]]) -> tuple[list[str], list[int]]:
    """Every text once, since all are read alike; and where each of the groups' is among them.

    >>> distinct({"short": ["a", "b"], "negatives": ["c", "a"]})
    (['a', 'b', 'c'], [0, 1, 2, 0])
    """
    every = [text for group in groups.values() for text in group]
    places = {text: at for at, text in enumerate(dict.fromkeys(every))}
    return list(places), [places[text] for text in every]


def false_texts(batch: Batch, row: int) -> list[str]:
    """A row's hard negatives: none where it has no short caption, and never that caption."""
    own = batch.short[row]
    return [] if own is None else [text for text in batch.negatives[row] if text != own]


def sides(model: VladVA, batch: Batch, weights: LossWeights, tokens: int) -> dict[str, Side]:
    """The sides that these losses need. `tokens`: caption tokens of the batch, on all ranks."""
    texts, _ = distinct(words(batch, weights))
    found = {
        "images": _images(model, batch, tokens if weights.autoregressive else 0),
        "texts": Side(
            [len(text) for text in texts],
            lambda rows: _full(model.text_side([texts[row] for row in rows])),
        ),
    }
    if weights.edits:
        found["composed"] = _composed(model, batch)
        found["targets"] = _pictures(model, batch.targets if batch.targets is not None else ())
    return found


def _images(model: VladVA, batch: Batch, tokens: int) -> Side:
    plain = _pictures(model, batch.pictures)
    if not tokens or not any(batch.long):
        return plain

    def speak(rows: Rows) -> tuple[Tensor, Tensor]:
        captions = [batch.long[row] for row in rows]
        image = model.image_side(pick(batch.pictures, rows), captions=captions)
        return _full(image.summary), _spoken(model, image, tokens)

    looked = zip(plain.lengths, batch.long, strict=True)
    return Side([seen + len(said) for seen, said in looked], plain.read, speak)


def _pictures(model: VladVA, pictures: Pictures) -> Side:
    return Side(
        _sizes(pictures), lambda rows: _full(model.image_side(pick(pictures, rows)).summary)
    )


def _composed(model: VladVA, batch: Batch) -> Side:
    sources = [row for row, _ in batch.edits]
    orders = [text for _, text in batch.edits]
    sizes = _sizes(batch.pictures)

    def read(rows: Rows) -> Tensor:
        pictures = pick(batch.pictures, [sources[row] for row in rows])
        return _full(model.joint_side(pictures, [orders[row] for row in rows]))

    return Side([sizes[row] for row in sources], read)


def _sizes(pictures: Pictures) -> list[int]:
    """Image tokens where they are known; before the vision tower all count alike."""
    return list(pictures.counts) if isinstance(pictures, Features) else [0] * len(pictures)


def _spoken(model: VladVA, image: ImageSide, tokens: int) -> Tensor:
    """Σ cross-entropy of the caption tokens ÷ `tokens`; logits of a large vocabulary in turns."""
    real = image.caption_ids != IGNORED
    states, ids = image.caption_states[real], image.caption_ids[real]
    loss = partial(_cross_entropy, model, tokens)
    vocabulary = int(model.backbone.base.config.get_text_config().vocab_size)
    turn = max(1, LOGITS_AT_ONCE // vocabulary)
    if len(ids) <= turn:
        return loss(states, ids)
    turns = zip(torch.split(states, turn), torch.split(ids, turn), strict=True)
    return torch.stack([checkpoint(loss, *each, use_reentrant=False) for each in turns]).sum()


def _cross_entropy(model: VladVA, tokens: int, states: Tensor, ids: Tensor) -> Tensor:
    return next_token(model.logits(states), ids, tokens)


def _full(states: Tensor) -> Tensor:
    """States that are compared are never half precision (ours)."""
    return states.to(torch.promote_types(states.dtype, torch.float32))
