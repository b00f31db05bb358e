"""A scorer says how well a picture and a text go together: one for the model, two as controls.

All three are vectors, a picture's and a text's, whose product is the score, so a control goes
through the very same protocol as the model. The controls break ties by a seeded coin. Refuses to
know protocols and metrics.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.bags import spoken, vector_of
from vladva.benchmarks.metrics import Scores
from vladva.protocols import Encoder, Vectors
from vladva.toyland.scene import Scene

Matrix = NDArray[np.floating]
"""float [n, d]."""
TEXTS_AT_ONCE = 256
COIN = 1e-9
"""Less than any difference that means something."""
WRONG = -100.0
"""What a word that is not there costs the bag of words: more than all right words gain."""


class Pairs(Protocol):
    """Whoever can say how well a picture and a text fit."""

    def pairs(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """The i-th picture with the i-th text → [n]."""
        ...


class Scorer:
    """Pictures are known by number, texts by themselves; each text is embedded once.

    `pictures` [n, d]; `embed`: texts → [m, d]; `coin`: a seed, where ties are to be broken.
    """

    def __init__(
        self,
        pictures: Matrix,
        embed: Callable[[Sequence[str]], Matrix],
        coin: int | None = None,
    ) -> None:
        self.pictures = pictures
        self._embed = embed
        self._coin = None if coin is None else np.random.default_rng(coin)
        self._known: dict[str, NDArray[np.floating]] = {}

    def texts(self, texts: Sequence[str]) -> Matrix:
        """Texts → [m, d]. Equal texts have the very same vector."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), TEXTS_AT_ONCE):
            chunk = new[start : start + TEXTS_AT_ONCE]
            self._known.update(zip(chunk, self._embed(chunk), strict=True))
        if not texts:
            return np.empty((0, self.pictures.shape[1]), self.pictures.dtype)
        return np.stack([self._known[text] for text in texts])

    def pairs(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """The i-th picture with the i-th text → [n]."""
        return self._tossed(_products(self.pictures[list(pictures)], self.texts(texts)))

    def alike(self, one: Sequence[str], other: Sequence[str]) -> Scores:
        """The i-th text with the i-th other text → [n]."""
        return self._tossed(_products(self.texts(one), self.texts(other)))

    def table(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """Every one of these pictures with every one of these texts → [pictures, texts]."""
        return self._tossed(self.pictures[list(pictures)] @ self.texts(texts).T)

    def variants(self, pictures: Sequence[int], texts: Sequence[Sequence[str]]) -> Scores:
        """As `table`, for texts in several wordings each: the mean score → [pictures, texts]."""
        means = np.stack([self.texts(wordings).mean(axis=0) for wordings in texts])
        return self._tossed(self.pictures[list(pictures)] @ means.T)

    def _tossed(self, scores: Scores) -> Scores:
        if self._coin is None:
            return scores
        return scores + COIN * self._coin.random(scores.shape)


def _products(a: Matrix, b: Matrix) -> Scores:
    scores: Scores = np.einsum("nd,nd->n", a, b)
    return scores


def of_encoder(encoder: Encoder, pictures: Vectors) -> Scorer:
    """The model: float32 cosines. `pictures` [n, dim] are its vectors of the pictures.

    An encoder whose rows are no single vectors brings its own scorer.
    """
    own = getattr(encoder, "scorer", None)
    return Scorer(pictures, encoder.encode_texts) if own is None else own(pictures)


def text_only(lessons: Sequence[tuple[str, str]], pictures: int, seed: int = 0) -> Scorer:
    """A control that never sees a picture: how true a text sounds, by its words and bigrams.

    It learnt from `lessons`, (true, false) texts of other items: the odds of each word and bigram.
    Two texts are alike as far as both sound true. Without lessons it is a coin.
    """
    true, false = Counter[str](), Counter[str]()
    for one, other in lessons:
        true.update(_grams(one))
        false.update(_grams(other))
    odds = {gram: math.log((true[gram] + 1) / (false[gram] + 1)) for gram in true | false}

    def embed(texts: Sequence[str]) -> Matrix:
        gains = [math.fsum(odds.get(gram, 0.0) for gram in _grams(text)) for text in texts]
        return np.exp(np.array(gains)[:, None] / 100)  # positive: products keep the order

    return Scorer(np.ones((pictures, 1)), embed, seed)


def _grams(text: str) -> Iterator[str]:
    words = ["^", *re.findall(r"[\w-]+", text.lower()), "$"]
    yield from words
    yield from (f"{a} {b}" for a, b in pairwise(words))


def bag_of_words(scenes: Sequence[Scene], seed: int = 0) -> Scorer:
    """A control that knows which kinds, colours, sizes, ground and time a scene has.

    It counts how many such words of a text are there; one that is not costs more than all others
    gain. Who has which, how many and where it does not know.
    """
    there = np.array([vector_of(scene) for scene in scenes])  # [n, words], 0 or 1
    return Scorer(np.where(there > 0, 1.0, WRONG), _bags, seed)


def _bags(texts: Sequence[str]) -> NDArray[Any]:
    return np.array([spoken(text) for text in texts])
