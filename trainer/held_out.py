"""The held-out part: how well a model finds photos that it was not trained on, query by query.

Refuses to know how the part was chosen, and what is concluded from its figures.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vladva.errors import DataError, ImageError
from vladva.losses import IGNORED, next_token
from vladva.model import Features, VladVA, unit
from vladva.protocols import Prepare, Prepared, Vectors
from vladva.trainer.examples import Data, Example
from vladva.trainer.gate import log_losses
from vladva.trainer.loader import Generated, Lost, prepared
from vladva.trainer.order import Rows

MOST = 2000
"""Photos that are looked at, at most (ours): their scores are a matrix."""
KEPT_BYTES = 1 << 30
"""Prepared input that may stay in memory; what does not fit is decoded for each evaluation."""
_LONG = 256  # photos whose long caption is read


@dataclass(frozen=True)
class Ranks:
    """`image` [m]: of each text's picture; `text` [n]: of each picture's best caption."""

    image: NDArray[np.int64]
    text: NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """Figures of one model. `log_losses` and `pictures` [m]: of each query, and whose it is."""

    metrics: dict[str, float]
    log_losses: NDArray[np.float64]
    pictures: NDArray[np.int64]
    ranks: Ranks


class HeldOut:
    """Photos with their captions, opened once. Those that cannot be read stand in `lost`.

    Rows of one picture are one photo with all their captions. `generated` fills what rows lack.
    """

    def __init__(
        self,
        data: Data,
        rows: Sequence[int] | Rows,
        prepare: Prepare,
        batch: int,
        generated: Generated | None = None,
    ) -> None:
        self._data, self._prepare, self._batch = data, prepare, batch
        self._rows: list[int] = []
        self._kept: list[Prepared] = []
        self._room = KEPT_BYTES
        self.lost: list[Lost] = []
        self.texts: list[str] = []
        self.long: list[str | None] = []
        image_of: list[int] = []
        seen: dict[int, int | None] = {}
        for row in map(int, rows):
            picture = int(data.pictures[row])
            if picture not in seen:
                if len(self._rows) >= MOST:
                    continue
                seen[picture] = self._open(row)
            place = seen[picture]
            if place is None:
                continue
            example = data[row]
            short, long = (generated or {}).get(example.name, (None, None))
            said = example.short or ((short,) if short else ())
            self.texts += said
            image_of += [place] * len(said)
            self.long[place] = self.long[place] or next(iter(example.long), long)
        self.image_of = np.array(image_of, dtype=np.int64)

    def _open(self, row: int) -> int | None:
        """Take up a picture → its place; None where it cannot be read."""
        name = f"row {row}"
        try:
            example = self._data[row]
            name = example.name
            picture = self._load(example)
        except (DataError, ImageError) as error:
            self.lost.append(Lost(name, error.message))
            return None
        self._room -= sum(array.nbytes for array in picture.values())
        if self._room > 0:
            self._kept.append(picture)
        self._rows.append(row)
        self.long.append(None)
        return len(self._rows) - 1

    def __len__(self) -> int:
        return len(self._rows)

    def look(self, model: VladVA) -> Iterator[Features]:
        """All photos after the vision tower, a batch at a time, in main memory.

        Keep them where the tower is frozen.
        """
        for start in range(0, len(self._rows), self._batch):
            rows = range(start, min(start + self._batch, len(self._rows)))
            pictures = [
                self._kept[i] if i < len(self._kept) else self._load(self._data[self._rows[i]])
                for i in rows
            ]
            with torch.no_grad():
                yield _to(model.look(pictures), torch.device("cpu"))

    def score(self, model: VladVA, looked: Iterable[Features], long_tokens: int) -> Scores:
        """Every figure of a model that sees the photos as `looked`."""
        images: list[Vectors] = []
        tokens, lost = 0, 0.0
        with torch.no_grad():
            for features in looked:
                start = sum(len(part) for part in images)
                said = self.long[start : start + len(features.counts)]
                ids = [
                    model.caption_ids([text], long_tokens)[0] if text and start < _LONG else []
                    for text in said
                ]
                side = model.image_side(
                    _to(features, model.device), captions=ids if any(ids) else ()
                )
                images.append(unit(side.summary).cpu().numpy())
                count = int((side.caption_ids != IGNORED).sum())
                if count:
                    loss = next_token(model.logits(side.caption_states), side.caption_ids)
                    tokens, lost = tokens + count, lost + float(loss) * count
            texts = _encode(model, self.texts, self._batch)
        found = np.concatenate(images) if images else np.zeros((0, model.dim), np.float32)
        placed = ranks(found, texts, self.image_of)
        metrics = recalls(placed, len(found))
        losses = log_losses(found, texts, self.image_of) if len(texts) else np.zeros(0)
        if len(losses):
            metrics["log_loss"] = float(losses.mean())
        if tokens:
            metrics["autoregressive"] = lost / tokens
        return Scores(metrics, losses, self.image_of, placed)

    def _load(self, example: Example) -> Prepared:
        return prepared(example.image, self._prepare)


def check_texts(held: HeldOut) -> None:
    """Raises `DataError` where nothing could be judged: pictures without any short caption."""
    if len(held) and not held.texts:
        raise DataError(
            "no picture that is held out has a short caption, so no adapter could be judged",
            "add short captions, or have them made: --set captions.generate=true",
        )


def ranks(images: Vectors, texts: Vectors, image_of: NDArray[np.int64]) -> Ranks:
    """Where the right one stands, counted from 1; ties count against (ours).

    `images` [n, d], `texts` [m, d], `image_of` [m]. Text → image has one right image; image →
    text counts the best of the image's captions (protocol of Flickr30K and COCO).
    """
    scores = texts @ images.T  # [m, n]
    right = scores[np.arange(len(texts)), image_of]
    told = np.unique(image_of)
    return Ranks(
        image=(scores >= right[:, None]).sum(1),
        text=np.array([_best_rank(scores[:, one], image_of == one) for one in told], np.int64),
    )


def recalls(found: Ranks, images: int) -> dict[str, float]:
    """Recall at 1, 5 and 10 in percent and median ranks, both ways, among `images` pictures."""
    if not len(found.image):
        return {}
    metrics = {"pictures": float(len(found.text)), "queries": float(len(found.image))}
    for name, own in (("image", found.image), ("text", found.text)):
        for k in (1, 5, 10):
            metrics[f"{name}_R@{k}"] = 100 * float((own <= k).mean())
        metrics[f"{name}_median_rank"] = float(np.median(own))
    metrics["image_chance_R@10"] = 100 * min(1.0, 10 / images)
    return metrics


def _best_rank(scores: NDArray[np.float32], own: NDArray[np.bool_]) -> int:
    """The rank of the best of its own captions among those of all others."""
    return int((scores[~own] >= scores[own].max()).sum()) + 1


def _encode(model: VladVA, texts: Sequence[str], batch: int) -> Vectors:
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.zeros((len(texts), model.dim), np.float32)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        vectors[chosen] = unit(model.text_side([texts[i] for i in chosen])).cpu().numpy()
    return vectors


def _to(features: Features, device: torch.device) -> Features:
    return Features(
        tokens=features.tokens.to(device),
        counts=features.counts,
        grids=None if features.grids is None else features.grids.to(device),
        deep=tuple(layer.to(device) for layer in features.deep),
    )
