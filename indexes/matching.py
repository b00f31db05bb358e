"""A picture → the words that fit it: given ones, or the captions of the library.

Refuses to know how results are shown.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from vladva.errors import LibraryError
from vladva.indexes.hits import TextHit
from vladva.indexes.paths import from_text
from vladva.indexes.ranking.calibrate import Calibrator
from vladva.indexes.snapshot import Snapshot
from vladva.indexes.store import Vector, cosine
from vladva.protocols import Encoder

AT_ONCE = 256
"""Captions an encoder is given at a time: between two times others have their turn with it."""


class Matcher:
    """Reads pictures with one encoder, and keeps the vectors of the captions it saw last.

    Threads may share it.
    """

    def __init__(self, encoder: Encoder, calibrator: Callable[[], Calibrator]) -> None:
        self._encoder = encoder
        self._calibrator = calibrator
        self._captions: dict[str, Vector] = {}
        self._mutex = threading.Lock()

    def among(self, picture: Image.Image, texts: Sequence[str], limit: int) -> list[TextHit]:
        """The given texts that fit a picture best; probabilities add up to 1 over all of them."""
        if not texts:
            return []
        scores = cosine(self._encoder.encode_texts(texts), self._seen(picture))
        likely = self._calibrator().labels(scores)
        return _hits([(text, None) for text in texts], scores, likely, limit)

    def captions(self, picture: Image.Image, snapshot: Snapshot, limit: int) -> list[TextHit]:
        """The captions of the library that fit a picture best, each once."""
        captions = _captions(snapshot)
        if not captions:
            raise LibraryError(
                "No photo of this library has a caption.",
                "`vladva index FOLDER --captions short` lets the model write them; or give texts "
                "of your own with --texts; or keep one beside each photo (photo.jpg, photo.txt).",
            )
        with self._mutex:
            kept = {text: self._captions[text] for text in captions if text in self._captions}
            self._captions = kept
            fresh = [text for text in captions if text not in kept]
            for at in range(0, len(fresh), AT_ONCE):
                some = fresh[at : at + AT_ONCE]
                kept.update(zip(some, self._encoder.encode_texts(some), strict=True))
            vectors = np.stack([kept[text] for text in captions])
        return _hits(list(captions.items()), cosine(vectors, self._seen(picture)), None, limit)

    def _seen(self, picture: Image.Image) -> Vector:
        seen: Vector = self._encoder.encode([self._encoder.prepare(picture)])[0]
        return seen


def _captions(snapshot: Snapshot) -> dict[str, str]:
    """Caption → the first path that has it."""
    columns = snapshot.facts["caption"].to_pylist(), snapshot.facts["path"].to_pylist()
    pairs = sorted((from_text(path), text) for text, path in zip(*columns, strict=True) if text)
    return {text: path for path, text in reversed(pairs)}


def _hits(
    texts: Sequence[tuple[str, str | None]], scores: Vector, likely: Vector | None, limit: int
) -> list[TextHit]:
    order = sorted(range(len(texts)), key=lambda i: (-scores[i], texts[i][0]))[:limit]
    return [
        TextHit(
            rank=rank,
            text=texts[i][0],
            score=float(scores[i]),
            probability=None if likely is None else float(likely[i]),
            path=texts[i][1],
        )
        for rank, i in enumerate(order, start=1)
    ]
