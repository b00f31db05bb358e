"""The losses of the method: tensors in, tensors out.

Refuses to know models, batches and devices. Means are over rows; everything is computed in the
dtype that comes in, so that float64 checks a loss and float32 trains with it.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

LOG_SCALE_START = math.log(1 / 0.07)
"""Start of the learned log-scale (ours: temperature 0.07; the paper's value is not known)."""
LOG_SCALE_MAX = math.log(1 / 0.01)
"""Upper bound of the log-scale (ours: temperature 0.01)."""
IGNORED = -100
"""A token id that no loss counts."""


def similarities(rows: Tensor, columns: Tensor, log_scale: Tensor) -> Tensor:
    """Scaled cosines [n, m] of states [n, dim] and [m, dim]; the scale is clamped (ours)."""
    cosines = functional.normalize(rows, dim=-1) @ functional.normalize(columns, dim=-1).T
    return cosines * log_scale.clamp(max=LOG_SCALE_MAX).exp()


@dataclass(frozen=True)
class Spared:
    """Pairs of a batch that are not held against each other although i ≠ j, bool [n, n] (ours).

    `same`: row i and column j show or say the same, so neither is a negative of the other. `fits`:
    text j is also true of picture i, so that picture is no negative of the text. The text stays one
    of the picture: texts that fit many pictures are then pushed from many, so that in the mean a
    picture prefers what says most of it.
    """

    same: Tensor
    fits: Tensor | None = None


def contrastive(
    images: Tensor,
    texts: Tensor,
    log_scale: Tensor,
    spared: Spared | None = None,
    negatives: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Symmetric InfoNCE between the summary tokens of pictures and short captions (paper).

    `images`, `texts`: states [n, dim], row i of one belongs to row i of the other; any two sides
    whose rows pair up will do (paraphrases; edits and their targets). `spared`: what is left out of
    the denominators, in-batch false negatives. `negatives`: states [k, dim] of texts that are
    false, and int64 [k] of whose pictures; each joins the image → text denominator of that row
    alone (ours).
    Returns the mean over both directions; of no pairs, 0.
    """
    scores = similarities(images, texts, log_scale)
    columns = scores
    if spared is not None:
        others = ~torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        scores = columns = scores.masked_fill(spared.same & others, -math.inf)
        if spared.fits is not None:
            columns = scores.masked_fill(spared.fits & others, -math.inf)
    target = torch.arange(len(scores), device=scores.device)
    rows = scores
    if negatives is not None:
        states, owners = negatives
        strange = owners[None, :] != target[:, None]  # [n, k]
        false = similarities(images, states, log_scale).masked_fill(strange, -math.inf)
        rows = torch.cat([scores, false], dim=1)
    loss = functional.cross_entropy(rows, target, reduction="sum")
    loss = loss + functional.cross_entropy(columns.T, target, reduction="sum")
    return loss / (2 * max(len(scores), 1))


def twins(images: Tensor, true: Tensor, false: Tensor, log_scale: Tensor) -> Tensor:
    """How surely pictures prefer true texts to false ones: the mean of −log σ(difference) (ours).

    States [n, dim] of pictures, of texts that are true of them, and of their false twins, which
    differ from them in one point. Of none, 0.
    """
    rows = functional.normalize(images, dim=-1)
    gap = functional.normalize(true, dim=-1) - functional.normalize(false, dim=-1)
    scale = log_scale.clamp(max=LOG_SCALE_MAX).exp()
    losses = -functional.logsigmoid(scale * (rows * gap).sum(-1))
    return losses.sum() / max(len(losses), 1)


def next_token(logits: Tensor, ids: Tensor, count: int | None = None) -> Tensor:
    """Mean next-token cross-entropy (paper: on the long caption that follows the image side).

    `logits` [..., vocabulary] predict `ids` int64 [...], of which IGNORED ones do not count.
    `count`: tokens that the mean is over, where these are only a part of them.
    No token at all gives 0, so that a batch without long captions still has a loss.
    """
    total = functional.cross_entropy(
        logits.flatten(0, -2), ids.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    if count is not None:
        return total / max(count, 1)
    return total / (ids != IGNORED).sum().clamp(min=1)
