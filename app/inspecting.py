"""One picture or one text → what a model makes of it, before tuning and after.

Numbers for figures 4, 6 and 7 of the paper. Refuses to know the command line and how it is shown.
"""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vladva.analysis import (
    NextToken,
    bare,
    density,
    entropy,
    model_of,
    next_logits,
    top_tokens,
)
from vladva.attention import Attention, attention
from vladva.encoders.prepare import LONGEST, Crop, middle
from vladva.errors import ImageError, Unsupported
from vladva.images import IMAGE_SUFFIXES, open_image
from vladva.model import Side
from vladva.prompt_choice import vocabulary_of
from vladva.protocols import Prepared, Style

STYLES: tuple[Style, ...] = ("short", "long")


@dataclass(frozen=True)
class Look:
    """What a model makes of one input in one state, before tuning or after.

    `entropy` in nats; None, and no tokens, where the model has no head. `attention` and `captions`
    of pictures only; no captions where the model only embeds.
    """

    entropy: float | None
    tokens: list[NextToken]
    attention: Attention | None
    captions: dict[Style, str]


@dataclass(frozen=True)
class Inspection:
    """What was looked at, and both looks; `after` is None where no adapter is on the model.

    `picture` is what the model sees of it: whatever its preprocessing cuts off is gone.
    """

    given: str
    side: Side
    picture: Image.Image | None
    model: str
    adapter: str
    prompt: str
    vocabulary: int
    before: Look
    after: Look | None

    @property
    def looks(self) -> list[tuple[str, Look]]:
        """Both looks with their names, or the one that there is."""
        named = [("before tuning", self.before), ("after tuning", self.after)]
        return [(name, look) for name, look in named if look is not None]


def picture_named(given: str) -> Path | None:
    """The file that is meant, or None where it is a text. Raises `ImageError` on one that is gone.

    A name of one word that ends like a picture's means a file.
    """
    if os.path.isfile(given):  # noqa: PTH113 - any text may be asked about, a very long one too
        return Path(given)
    if len(given.split()) == 1 and Path(given).suffix.lower() in IMAGE_SUFFIXES:
        raise ImageError(f"there is no file {given}", "name a picture, or give a text")
    return None


def inspect(encoder: Any, model: str, adapter: str, given: str, k: int) -> Inspection:
    """Look into a model at one picture (a file's name) or one text, `k` next tokens of it.

    Raises `Unsupported` on two towers, `ImageError` on a file that is no picture.
    """
    model_of(encoder)
    path = picture_named(given)
    if path is None:
        return look_into(encoder, model, adapter, given, None, k)
    return look_into(encoder, model, adapter, str(path.absolute()), open_image(path), k)


def look_into(  # noqa: PLR0913, PLR0917 - what `inspect` was given, opened
    encoder: Any, model: str, adapter: str, given: str, image: Image.Image | None, k: int
) -> Inspection:
    """The same of a picture that is open, called `given`; or of a text (None). Opens no file.

    Whoever encodes meanwhile waits, but for no longer than one look takes, and never meets the
    model with its adapter off. Raises `Unsupported` on two towers.
    """
    inner = model_of(encoder)
    asked: Prepared | str = given if image is None else encoder.prepare(image)
    with inner.lock:  # a comparison of prompts lends the model others
        prompts = inner.prompts
    before = _look(encoder, asked, k, tuned=False)
    after = None if inner.adapter is None else _look(encoder, asked, k, tuned=True)
    return Inspection(
        given=given,
        side="text" if image is None else "image",
        picture=None if image is None else as_seen(encoder.prepare, image),
        model=model,
        adapter="none" if after is None else adapter,
        prompt=prompts.text if image is None else prompts.image,
        vocabulary=vocabulary_of(inner),
        before=before,
        after=after,
    )


def as_seen(prepare: object, image: Image.Image) -> Image.Image:
    """The part of a picture that a model sees, in the picture's own pixels."""
    image = middle(image, LONGEST)
    if not isinstance(prepare, Crop) or prepare.crop is None:
        return image
    side = prepare.resize
    short = min(image.size)
    high, wide = (
        (side * image.height / short, side * image.width / short) if isinstance(side, int) else side
    )
    kept_high = prepare.crop[0] / high * image.height
    kept_wide = prepare.crop[1] / wide * image.width
    left, top = (image.width - kept_wide) / 2, (image.height - kept_high) / 2
    box = (round(left), round(top), round(left + kept_wide), round(top + kept_high))
    return image.crop(box)


def as_json(found: Inspection, *, maps: bool = False) -> dict[str, Any]:
    """The object of `inspect --json`; `maps`: with every head's attention as rows of numbers."""
    looks = {"before": found.before, "after": found.after}
    return {
        "input": found.given,
        "kind": found.side,
        "model": found.model,
        "adapter": found.adapter,
        "prompt": found.prompt,
        "vocabulary": found.vocabulary,
        "max_entropy_nats": float(np.log(found.vocabulary)) if found.vocabulary else None,
        **{name: None if look is None else _as_json(look, maps) for name, look in looks.items()},
    }


def _look(encoder: Any, given: Prepared | str, k: int, *, tuned: bool) -> Look:
    model = encoder.model
    side: Side = "text" if isinstance(given, str) else "image"
    spread, tokens, seen = None, [], None
    with model.lock, nullcontext() if tuned else bare(model):
        if model.backbone.head is not None:
            logits = next_logits(model, side, given)
            spread, tokens = float(entropy(logits)), top_tokens(model, logits, k)
        if not isinstance(given, str):
            seen = attention(model, given)
    captions = {} if isinstance(given, str) else _captions(encoder, given, tuned=tuned)
    return Look(spread, tokens, seen, captions)


def _captions(encoder: Any, picture: Prepared, *, tuned: bool) -> dict[Style, str]:
    try:
        speaker = encoder.generator(adapter=tuned)
    except Unsupported:
        return {}
    return {style: speaker.caption([picture], style)[0] for style in STYLES}


def _as_json(look: Look, maps: bool) -> dict[str, Any]:  # noqa: FBT001
    found = look.attention
    return {
        "entropy_nats": look.entropy,
        "entropy_bits": None if look.entropy is None else look.entropy / float(np.log(2)),
        "top_tokens": [{"token": token.text, "p": token.p} for token in look.tokens],
        "attention": None if found is None else _attention(found, maps),
        "captions": dict(look.captions) or None,
    }


def _attention(found: Attention, maps: bool) -> dict[str, Any]:  # noqa: FBT001
    layers = []
    for number, weights in enumerate(found.weights, 1):
        drawn = found.maps[number - 1]
        whole = _head(weights.mean(0), drawn.mean(0), maps)
        heads = [_head(one, picture, maps) for one, picture in zip(weights, drawn, strict=True)]
        layers.append({"layer": number, "mean": whole, "heads": heads})
    return {"grid": list(found.grid), "layers": layers}


def _head(weights: Any, drawn: Sequence[Any], maps: bool) -> dict[str, Any]:  # noqa: FBT001
    shown = {"map": [[round(float(v), 6) for v in row] for row in drawn]} if maps else {}
    return {"on_picture": float(weights.sum()), "density": float(density(weights)), **shown}
