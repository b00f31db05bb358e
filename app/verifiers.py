"""Who answers the second stage's questions: the encoder's own generative half, or a named model.

An own half is asked unbidden only where it is known to be worth it. Refuses to know what is asked.
"""

import threading
from collections.abc import Callable
from typing import Any

from vladva.app.captioning import check_speaks, speaker_of
from vladva.errors import Unsupported
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.trust import packaged_trust
from vladva.indexes.second import Verifier
from vladva.presets import PRESETS
from vladva.protocols import Encoder

TRUSTED = 0.75
"""Share of drawn yes/no questions that a generative half must answer rightly to be asked unbidden;
a coin has half (ours)."""


class Verifiers:
    """Loads verifiers and keeps the last. Threads may share it."""

    def __init__(self, load: Callable[..., Encoder]) -> None:
        self._load = load
        self._gate = threading.Lock()
        self._named: tuple[str, Verifier] | None = None

    def own(self, encoder: Encoder) -> Verifier | None:
        """The encoder's own half, None where it has none that is known to be trusted."""
        known = packaged_trust(encoder)
        trusted = _is_public(encoder.name) if known is None else known.accuracy >= TRUSTED
        return _half(encoder) if trusted else None

    def named(self, model: str, encoder: Encoder) -> Verifier:
        """The generative half of a model; of `encoder`, where that is the model.

        Raises `Unsupported`, before anything is loaded, where it is a preset that only embeds.
        """
        if model == encoder.name and (mine := _half(encoder)) is not None:
            return mine
        check_speaks(model)
        with self._gate:
            if self._named is None or self._named[0] != model:
                self._named = model, _verifier(self._load(model, adapter=None))
            return self._named[1]


def _half(encoder: Encoder) -> Verifier | None:
    """The generative half of an encoder, None where it has none."""
    try:
        return _verifier(encoder)
    except Unsupported:
        return None


def _verifier(encoder: Encoder) -> Verifier:
    known = packaged_trust(encoder)
    weights = Fusion() if known is None else known.weights
    speaker: Any = encoder
    named = getattr(speaker, "untuned_fingerprint", encoder.fingerprint)  # it answers untuned
    return Verifier(speaker_of(encoder), encoder.prepare, named, weights)


def _is_public(model: str) -> bool:
    """Whether it was trained by others, to answer: a model of ours has to prove that it can."""
    preset = PRESETS.get(model)
    return preset is not None and preset.generative and preset.hub_id is not None
