"""From scores to probabilities for one encoder and one library: what a search asks.

A fit is used only for the encoder it was made with. Without one the answer is None, never a guess.
Refuses to know how a fit is made (`fitting`) and what it says (`fit`).
"""

import json
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vladva.errors import ConfigError
from vladva.indexes.library import Library
from vladva.indexes.ranking.background import Background, kept_bank
from vladva.indexes.ranking.fit import Fit, Vector, probabilities
from vladva.indexes.snapshot import Snapshot
from vladva.protocols import Encoder

Level = Literal["strong", "likely", "weak"]
STRONG, LIKELY = 0.8, 0.5
"""From these probabilities on. As they are probabilities, a level means the same for every encoder:
of what is called likely at least every second is right, of what is called strong four in five."""
FILE = "search.json"
"""Beside a model's weights: {"fingerprint", "calibration", …}."""
_REMEDY = "Fit it again: `python -m vladva.indexes.figures.fit_search`."


def level(probability: float) -> Level:
    """The word for a probability."""
    if probability >= STRONG:
        return "strong"
    return "likely" if probability >= LIKELY else "weak"


class Calibrator:
    """Tells how probable a match is. Threads may share it."""

    def __init__(self, fit: Fit | None, background: Background | None, scale: float | None) -> None:
        """`scale`: the inverse temperature for labels, see `labels`."""
        self.fit = fit
        self._background = background
        self._scale = scale

    @classmethod
    def of(cls, library: Library, encoder: Encoder) -> Self:
        """The fit that lies with the model, else the library's own, else none."""
        fit = packaged_fit(encoder) or kept_fit(library, encoder.fingerprint)
        scale = learned_scale(encoder) or (None if fit is None else fit.scale)
        if fit is None:
            return cls(None, None, scale)
        texts, folder = fit.bank, library.folder / "resident"
        return cls(fit, Background(lambda: kept_bank(encoder, texts, folder)), scale)

    def probabilities(self, snapshot: Snapshot, scores: Vector) -> Vector | None:
        """Cosines of all rows of a snapshot against a text, [n] → P(match) [n] in 0..1.

        Grows with the score. None without a fit.
        """
        if self.fit is None or self._background is None:
            return None
        return probabilities(self.fit, scores, self._background.height(snapshot))

    def cut(self, probable: Vector) -> NDArray[np.bool_]:
        """Probabilities of all rows [n] → which rows are matches; none where nothing is found."""
        if self.fit is None:
            return np.ones(len(probable), np.bool_)
        if not len(probable) or probable.max() < self.fit.found:
            return np.zeros(len(probable), np.bool_)
        matches: NDArray[np.bool_] = probable >= self.fit.least
        return matches

    def labels(self, scores: Vector) -> Vector | None:
        """Cosines of one picture with n labels → P(label) [n], as if exactly one were right.

        Softmax with the temperature that the encoder was trained with (CLIP), else the fitted one.
        None where there is neither.
        """
        if self._scale is None:
            return None
        if not len(scores):
            return np.empty(0, np.float32)
        powers = np.exp(self._scale * (scores.astype(np.float64) - float(scores.max())))
        return np.asarray(powers / powers.sum(), np.float32)


def packaged_fit(encoder: Encoder) -> Fit | None:
    """The fit that lies in the encoder's own folder; None where there is none, or a damaged one.

    A search goes on without probabilities. `read_fit` says what is wrong with a file.
    """
    folder = getattr(encoder, "folder", None)
    if not isinstance(folder, Path):
        return None
    try:
        return read_fit(folder / FILE, encoder)
    except ConfigError:
        return None


def read_fit(file: Path, encoder: Encoder) -> Fit | None:
    """The fit in a `FILE`; None where there is none, or where another encoder's fit is in it.

    Raises `ConfigError` on a damaged file.
    """
    if not file.is_file():
        return None
    told = read_told(file)
    if told.get("fingerprint") != encoder.fingerprint or "calibration" not in told:
        return None
    return Fit.from_json(told["calibration"])


def kept_fit(library: Library, fingerprint: str) -> Fit | None:
    """The fit that was made on the library's own captions; None where it is damaged, too."""
    try:
        told = library.get(_key(fingerprint))
        return None if told is None else Fit.from_json(told)
    except (ConfigError, ValueError, RecursionError):
        return None


def keep_fit(library: Library, fingerprint: str, fit: Fit | None) -> None:
    """Keep a library's own fit; None forgets it."""
    library.set(_key(fingerprint), None if fit is None else fit.to_json())


def learned_scale(encoder: Encoder) -> float | None:
    """The inverse temperature that a two-tower model has learned, None where it has none."""
    learned = getattr(getattr(encoder, "model", None), "logit_scale", None)
    return None if learned is None else float(learned.detach().exp())


def read_told(file: Path) -> dict[str, Any]:
    """What lies in a `FILE`. Raises `ConfigError` where it cannot be read."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file} cannot be read", _REMEDY) from error
    if not isinstance(told, dict):
        raise ConfigError(f"{file} holds no fit", _REMEDY)
    return told


def _key(fingerprint: str) -> str:
    return f"calibration {fingerprint}"
