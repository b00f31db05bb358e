"""The seams of the model: what an index or a benchmark may ask of an encoder or a generator.

Refuses to know any family or file: those are constructor business in `vladva.encoders`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Vectors = NDArray[np.float32]
"""Embeddings, float32 [n, dim], every row of unit L2 norm."""

Prepared = Mapping[str, NDArray[np.generic]]
"""One picture as the model wants it: named arrays, picklable, without a batch axis."""

Style = Literal["short", "long"]
"""How long a generated caption may be."""


class Prepare(Protocol):
    """RGB picture → model input. Picklable, holds no weights: it runs in decode children."""

    @property
    def version(self) -> str:
        """Names whatever changes a pixel of the input (backend, size, resampling, mean, std)."""
        ...

    def __call__(self, image: Image.Image) -> Prepared:
        """One upright RGB picture → the model's input."""
        ...


class Encoder(Protocol):
    """Pictures and texts → one space of unit vectors."""

    name: str
    fingerprint: str
    """Names whatever made a vector: weights, adapter, prompts, preprocessing."""
    dim: int
    on_cpu: bool
    """Whether it works on the cores that decoding would use."""
    prepare: Prepare

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Pictures → [n, dim]. The order is kept; no pictures give [0, dim]."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → [n, dim]. The order is kept; no texts give [0, dim]."""
        ...

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """(picture, text) pairs as one query each → [n, dim].

        Raises `Unsupported` where the family has two towers.
        """
        ...


class Generator(Protocol):
    """The generative half of an LVLM, any adapter off."""

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        """One caption a picture, greedy, in order."""
        ...

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        """P(yes) of each yes/no question about one picture, float32 [n] in 0..1."""
        ...

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        """As `p_yes`, the i-th questions asked about the i-th picture → float32 [n_i] each."""
        ...


class Matcher(Protocol):
    """A head that sees a picture and a text together."""

    def p_match(
        self, pictures: Sequence[Prepared], texts: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float64]]:
        """How likely the i-th texts are about the i-th picture → float64 [n_i] each, 0..1."""
        ...
