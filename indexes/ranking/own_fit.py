"""The captions of a library → a fit for its encoder, where none lies with the model.

A caption is a question whose answer is known: the photos that have it. The same caption with those
photos left out is a question without an answer, and a near miss at that. Captions that also suit
other photos make the fit cautious (ours). Refuses to know when it is made; only the one writer of
a library should ask for it.
"""

from collections.abc import Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from vladva.indexes.caption_source import is_machine
from vladva.indexes.ranking.background import Background, kept_bank
from vladva.indexes.ranking.fit import Fit, Vector
from vladva.indexes.ranking.fitting import RECALL, Example, fit, fit_scale
from vladva.indexes.snapshot import Snapshot
from vladva.protocols import Encoder

ENOUGH = 200
"""Photos with a caption that somebody wrote, from which a fit is made."""
MOST = 500
"""Captions that are asked at most, evenly taken."""
NOTHING = 0.75
"""Goal: the share of captions without their photos for which nothing is found."""
LABELS = 10
"""Texts beside which a caption must be told apart when the temperature is fitted."""


def everyday() -> tuple[str, ...]:
    """The bank for photographs: short everyday questions (ours), one a line of `everyday.txt`."""
    file = resources.files("vladva.indexes.ranking").joinpath("everyday.txt")
    return tuple(file.read_text(encoding="utf-8").split("\n")[:-1])


def own_fit(encoder: Encoder, snapshot: Snapshot) -> Fit | None:
    """A fit from what people wrote beside their photos; a machine's captions teach nothing here.

    None where fewer than `ENOUGH` photos have a caption, and where the encoder's scores are no
    higher for a caption's own photos than for others.
    """
    captions = _captions(snapshot)
    if sum(len(rows) for rows in captions.values()) < ENOUGH:
        return None
    texts = sorted(captions)
    texts = [texts[i] for i in np.linspace(0, len(texts) - 1, min(MOST, len(texts))).astype(int)]
    bank = everyday()
    height = Background(lambda: kept_bank(encoder, bank, None)).height(snapshot)
    asked = encoder.encode_texts(texts)
    rows = [captions[text] for text in texts]
    examples = _examples(snapshot, asked, rows, height)
    scale = fit_scale(_beside(snapshot, asked, rows))
    return fit(examples, {"own": RECALL, "without": NOTHING}, scale=scale, bank=bank)


def _examples(
    snapshot: Snapshot, asked: NDArray[np.float32], rows: Sequence[NDArray[np.int64]], height: float
) -> list[Example]:
    found: list[Example] = []
    none = np.empty(0, np.int64)
    for query, true in zip(asked, rows, strict=True):
        scores: Vector = snapshot.scores(query)
        found.append(Example(scores, true, height, "own"))
        rest = np.delete(scores, true)
        if len(rest):
            found.append(Example(rest, none, height, "without"))
    return found


def _beside(
    snapshot: Snapshot, asked: NDArray[np.float32], rows: Sequence[NDArray[np.int64]]
) -> NDArray[np.float32]:
    """Each caption's first photo against the caption and `LABELS` others, [k, 1 + LABELS].

    The others are taken from all over the alphabet.
    """
    photos = snapshot.vectors(np.array([one[0] for one in rows], np.int64))
    scores = photos @ asked.T
    step = max(1, len(asked) // (LABELS + 1))
    turns = (np.arange(len(asked))[:, None] + step * np.arange(LABELS + 1)) % len(asked)
    found: NDArray[np.float32] = np.take_along_axis(scores, turns, axis=1)
    return found


def _captions(snapshot: Snapshot) -> dict[str, NDArray[np.int64]]:
    """Caption → the rows that have it."""
    columns = (snapshot.facts[name].to_pylist() for name in ("caption", "caption_source"))
    rows: dict[str, list[int]] = {}
    for row, (text, source) in enumerate(zip(*columns, strict=True)):
        if text and not is_machine(source):
            rows.setdefault(text, []).append(row)
    return {text: np.array(found, np.int64) for text, found in rows.items()}
