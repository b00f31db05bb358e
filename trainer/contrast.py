"""Everything in a step that compares rows with each other: from states to losses.

Small beside the model's passes, so it is done for the whole batch of all ranks at once. Refuses
to know where states come from.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import torch
from torch import Tensor

from vladva.losses import Spared, contrastive, twins
from vladva.trainer.batch import Batch, Losses, LossWeights
from vladva.trainer.distributed import World
from vladva.trainer.sides import distinct, false_texts, words


def contrast(
    states: Mapping[str, Tensor],
    batch: Batch,
    log_scale: Tensor,
    weights: LossWeights,
    world: World,
) -> Losses:
    """States of all `sides` of a batch, [n, dim] each in their order → its losses.

    Over all ranks. The autoregressive one, which compares nothing, is left at 0.
    """
    texts = words(batch, weights)
    _, places = distinct(texts)
    parts = torch.split(states["texts"][places], [len(group) for group in texts.values()])
    states = {**states, **dict(zip(texts, parts, strict=True))}
    scale = world.share(log_scale)
    others = {}
    if weights.text_text:
        others["text_text"] = _text_text(states, batch, scale, world)
    if weights.edits:
        others["edits"] = _edits(states, batch, scale, world)
    if weights.twins:
        others["twins"] = _twins(states, batch, scale, world)
    paired = _image_text(states, batch, scale, weights, world)
    return Losses(paired, paired.new_zeros(()), others, weights)


def _image_text(
    states: Mapping[str, Tensor], batch: Batch, scale: Tensor, weights: LossWeights, world: World
) -> Tensor:
    rows = [row for row, text in enumerate(batch.short) if text is not None]
    same = _alike(_keys([batch.images[row] for row in rows], world))
    same |= _alike(_keys([text for text in batch.short if text is not None], world))
    images = states["images"][rows]
    negatives = None
    if weights.negatives:
        owners = _owners(batch, rows, world.before(len(rows))).to(images.device)
        negatives = world.gather(states["negatives"]), world.gather(owners)
    return contrastive(
        world.gather(images),
        world.gather(states["short"]),
        scale,
        Spared(same.to(images.device), _fits(batch, rows, world, len(same)).to(images.device)),
        negatives,
    )


def _fits(batch: Batch, rows: Sequence[int], world: World, count: int) -> Tensor:
    """Bool [N, N]: the column's text is known to be true of the row's picture. Within a rank."""
    first = world.before(len(rows))
    place = {row: first + at for at, row in enumerate(rows)}
    known = [(place[a], place[b]) for a, b in batch.fits if a in place and b in place]
    pairs = torch.tensor(known, dtype=torch.int64, device=world.device).reshape(-1, 2)
    pairs = world.gather(pairs)
    found = torch.zeros(count, count, dtype=torch.bool, device=pairs.device)
    found[pairs[:, 0], pairs[:, 1]] = True
    return found


def _owners(batch: Batch, rows: Sequence[int], first: int) -> Tensor:
    """For each hard negative the row it belongs to, counted over all ranks, int64 [k]."""
    counts = [len(false_texts(batch, row)) if batch.negatives else 0 for row in rows]
    numbers = torch.arange(first, first + len(rows))
    return numbers.repeat_interleave(torch.tensor(counts, dtype=torch.int64))


def _text_text(states: Mapping[str, Tensor], batch: Batch, scale: Tensor, world: World) -> Tensor:
    first = _keys([one for one, _ in batch.paraphrases], world)
    second = _keys([other for _, other in batch.paraphrases], world)
    crossed = first[:, None] == second[None, :]
    same = _alike(first) | _alike(second) | crossed | crossed.T
    one, other = world.gather(states["first"]), world.gather(states["second"])
    return contrastive(one, other, scale, Spared(same.to(one.device)))


def _edits(states: Mapping[str, Tensor], batch: Batch, scale: Tensor, world: World) -> Tensor:
    asked = [f"{batch.images[row]}\0{order}" for row, order in batch.edits]
    same = _alike(_keys(asked, world)) | _alike(_keys(batch.target_images or asked, world))
    composed, targets = world.gather(states["composed"]), world.gather(states["targets"])
    return contrastive(composed, targets, scale, Spared(same.to(composed.device)))


def _twins(states: Mapping[str, Tensor], batch: Batch, scale: Tensor, world: World) -> Tensor:
    images = states["images"][[row for row, _, _ in batch.twins]]
    true, false = world.gather(states["true"]), world.gather(states["false"])
    return twins(world.gather(images), true, false, scale)


def _alike(keys: Tensor) -> Tensor:
    return keys[:, None] == keys[None, :]


def _keys(names: Sequence[str], world: World) -> Tensor:
    """Names of all ranks as numbers that are equal where the names are, int64 [N]."""
    digests = [blake2b(name.encode(errors="replace"), digest_size=8).digest() for name in names]
    numbers = [int.from_bytes(digest, "big", signed=True) for digest in digests]
    return world.gather(torch.tensor(numbers, dtype=torch.int64, device=world.device))
