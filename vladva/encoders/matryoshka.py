"""Shorter vectors from a model that was trained for them (Kusupati et al., 2022).

The first numbers of such a model's vector are a vector of their own, once they are scaled to unit
length. Refuses to know families: it wraps whatever encoder it is given.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from vladva.errors import ConfigError
from vladva.presets import PRESETS, Preset
from vladva.protocols import Prepared, Vectors


class Shortened:
    """An encoder whose vectors are cut to their first `dim` numbers, then of unit length again.

    All else is the encoder's own: its generator, its adapter, its batches.
    """

    def __init__(self, encoder: Any, dim: int) -> None:
        self._whole = encoder
        self.dim = dim
        said = f"{encoder.fingerprint} first {dim}"
        self.fingerprint = hashlib.sha256(said.encode()).hexdigest()[:32]

    def __getattr__(self, name: str) -> Any:
        if name == "_whole":  # asked for before __init__ ran, as when unpickled
            raise AttributeError(name)
        return getattr(self._whole, name)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Prepared pictures → [n, dim], in order."""
        return _cut(self._whole.encode(pictures), self.dim)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → [n, dim], in order."""
        return _cut(self._whole.encode_texts(texts), self.dim)

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """(picture, text) pairs, each as one query → [n, dim], in order."""
        return _cut(self._whole.encode_joint(queries), self.dim)


def shortened(encoder: Any, dim: int, preset: Preset | None) -> Any:
    """The encoder with vectors of that length; itself where they have it already.

    Raises `ConfigError` as `check` does.
    """
    check(encoder.name, dim, encoder.dim, preset)
    return encoder if dim == encoder.dim else Shortened(encoder, dim)


def check(name: str, dim: int, whole: int, preset: Preset | None) -> None:
    """Whether vectors of length `whole` may be cut to `dim`.

    Raises `ConfigError` where the model was not trained for it, naming what is allowed.
    """
    least = preset.matryoshka if preset else 0
    if dim == whole or 0 < least <= dim < whole:
        return
    if not least:
        able = ", ".join(name for name, each in PRESETS.items() if each.matryoshka)
        raise ConfigError(
            f"vectors of {name} cannot be cut to {dim}: it was not trained for that",
            f"leave it at {whole}; models whose vectors can be cut: {able}",
        )
    raise ConfigError(
        f"vectors of {name} cannot be cut to {dim}",
        f"any length from {least} to {whole} is allowed",
    )


def _cut(vectors: Vectors, dim: int) -> Vectors:
    first = vectors[:, :dim]
    lengths = np.linalg.norm(first, axis=1, keepdims=True)
    cut: Vectors = first / np.maximum(lengths, np.finfo(np.float32).tiny)
    return cut
