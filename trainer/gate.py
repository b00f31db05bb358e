"""The gate: whether an adapter beats what is in use, on pictures that it has not learned from.

Compares, query by query, how surprised each is by the right picture. Ours. Refuses to know
models and files; numpy only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vladva.protocols import Vectors
from vladva.trainer.events import Verdict

LEAST = 20
"""Pictures below which nothing is decided."""
LEAST_GAIN = 0.01
"""Nats that the mean must move by: next to nothing, however surely measured, decides nothing."""
QUERIES_TO_FIT = 4096
"""Queries at most, evenly taken, that choose the temperature."""
CHUNK = 1024
DRAWN = 1_000_000
"""Pictures that are drawn at once."""
GOLDEN = (5**0.5 - 1) / 2
SCALES = (1e-2, 1e3)
"""Bounds of the inverse temperature that is searched."""

Losses = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """A verdict, and the fall of the mean log-loss (nats) with its 95 % interval."""

    verdict: Verdict
    reason: str
    gain: float
    low: float
    high: float
    queries: int


def log_losses(images: Vectors, texts: Vectors, image_of: NDArray[np.int64]) -> Losses:
    """Text → picture retrieval as a loss a query, [m]: -log softmax over the pictures.

    `images` [n, d] and `texts` [m, d] unit vectors, `image_of` [m] the picture of each text. The
    scores are divided by the temperature that fits these vectors best, so that a model is judged
    by its order and its margins, never by the scale of its cosines. Texts are no candidates: two
    of one picture never compete. Not finite where a vector is not.
    """
    if not (np.isfinite(images).all() and np.isfinite(texts).all()):
        return np.full(len(texts), np.nan)
    count = min(len(texts), QUERIES_TO_FIT)
    chosen = np.linspace(0, len(texts) - 1, count).astype(np.int64)
    scores = texts[chosen] @ images.T  # [count, n]
    scale = _lowest(lambda s: float(_losses(scores, image_of[chosen], s).mean()))
    parts = [np.zeros(0)]
    for start in range(0, len(texts), CHUNK):
        part = slice(start, start + CHUNK)
        parts.append(_losses(texts[part] @ images.T, image_of[part], scale))
    return np.concatenate(parts)


def judge(
    before: Losses,
    after: Losses,
    groups: NDArray[np.int64],
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> Judgement:
    """Paired bootstrap of `before` - `after` [m] over `groups` [m], the pictures of the queries.

    Accepted where the whole 95 % interval of the mean is above 0, refused where it is below, or
    where `after` is not finite; undecided otherwise, with a mean of less than 0.01, and with fewer
    than 20 pictures.
    """
    pictures, group = np.unique(groups, return_inverse=True)
    if not np.isfinite(after).all():
        reason = "its vectors are not finite"
        return Judgement("refused", reason, -np.inf, -np.inf, -np.inf, len(after))
    if len(pictures) < LEAST or not np.isfinite(before).all():
        reason = f"only {len(pictures)} held-out pictures: {LEAST} are needed to decide"
        if len(pictures) >= LEAST:
            reason = "what is in use gives vectors that are not finite: there is nothing to compare"
        return Judgement("undecided", reason, 0.0, -np.inf, np.inf, len(after))
    gains = before - after
    low, high = _interval(gains, group, len(pictures), seed, resamples)
    gain = float(gains.mean())
    surely = (low > 0 or high < 0) and abs(gain) >= LEAST_GAIN
    verdict: Verdict = "undecided" if not surely else "accepted" if gain > 0 else "refused"
    reason = _reason(verdict, gain, low, high, len(pictures))
    return Judgement(verdict, reason, gain, low, high, len(gains))


def _reason(verdict: Verdict, gain: float, low: float, high: float, pictures: int) -> str:
    word = {"accepted": "better", "refused": "worse", "undecided": "neither better nor worse"}
    verb, size, ends = (
        ("falls", gain, (low, high)) if gain >= 0 else ("rises", -gain, (-high, -low))
    )
    return (
        f"{word[verdict]} on {pictures} held-out pictures: the log-loss of a query {verb} by "
        f"{size:.3f} (95 % interval {ends[0]:.3f} to {ends[1]:.3f})"
    )


def _losses(scores: NDArray[np.floating], right: NDArray[np.int64], scale: float) -> Losses:
    """-log softmax of the right column of each row, [rows]."""
    scaled = scores.astype(np.float64) * scale
    own = scaled[np.arange(len(scaled)), right]
    top = scaled.max(axis=1)
    total: Losses = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - own
    return total


def _lowest(loss: Callable[[float], float]) -> float:
    """The scale where the loss is lowest: it has one valley, since it is convex in the scale."""
    low, high = np.log(SCALES)
    while high - low > 1e-3:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(float(np.exp(left))) <= loss(float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _interval(
    gains: Losses, group: NDArray[np.int64], count: int, seed: int, resamples: int
) -> tuple[float, float]:
    """2.5th and 97.5th percentile of the mean when whole pictures are drawn with replacement."""
    sums = np.bincount(group, gains, count)
    sizes = np.bincount(group, minlength=count)
    rng = np.random.default_rng(seed)
    block = max(1, DRAWN // count)
    means = [np.zeros(0)]
    for start in range(0, resamples, block):
        drawn = rng.integers(0, count, (min(block, resamples - start), count))
        means.append(sums[drawn].sum(1) / sizes[drawn].sum(1))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)
