"""An encoder whose parts are timed: what looks, what reads, what makes words.

On a GPU, where calls return before they are done, each part is waited for: that costs a little of
the speed that is measured. Refuses to know families and how the times are shown.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import torch
from PIL import Image

from vladva.clock import Clock
from vladva.protocols import Encoder, Prepare, Prepared, Vectors

_WRAPPED = frozenset({"_inner", "_whole"})
"""Where wrappers keep what they wrap."""


class Clocked:
    """An encoder whose calls are timed. Everything else is the encoder's own."""

    def __init__(self, encoder: Encoder, clock: Clock) -> None:
        self._inner: Any = encoder
        self._clock = clock
        self.prepare: Prepare = _Preparing(encoder.prepare, clock)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Pictures → [n, dim]."""
        with self._clock.stage("encode"):
            vectors: Vectors = self._inner.encode(pictures)
        return vectors

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → [n, dim]."""
        with self._clock.stage("texts"):
            vectors: Vectors = self._inner.encode_texts(texts)
        return vectors

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """(picture, text) pairs → [n, dim]."""
        with self._clock.stage("joint"):
            vectors: Vectors = self._inner.encode_joint(queries)
        return vectors


class _Preparing:
    """A `Prepare` whose calls are timed."""

    def __init__(self, prepare: Prepare, clock: Clock) -> None:
        self._inner = prepare
        self._clock = clock

    @property
    def version(self) -> str:
        """The preparation's own."""
        return self._inner.version

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → arrays."""
        with self._clock.stage("prepare"):
            return self._inner(image)


@contextmanager
def parts(encoder: Any, clock: Clock) -> Iterator[None]:
    """Inside, the encoder's parts count: `vision` with what projects it, `language`, `head`.

    Of a wrapped encoder the inmost one is timed. One that is made of something else is left as it
    is.
    """
    encoder = _inmost(encoder)
    model = getattr(encoder, "model", None)
    backbone = getattr(model, "backbone", None)
    device = getattr(encoder, "device", None) or getattr(model, "device", None)
    found = _calls(encoder) if backbone is None else _lvlm_calls(model)
    with ExitStack() as stack:
        for owner, method, part in found:
            timed = _timed(getattr(owner, method), clock, part, device)
            stack.enter_context(_replaced(owner, method, timed))
        yield


def _inmost(encoder: Any) -> Any:
    """The encoder whose own calls its wrappers lead to: a change of theirs would not reach it."""
    while wrapped := vars(encoder).keys() & _WRAPPED if hasattr(encoder, "__dict__") else None:
        encoder = vars(encoder)[wrapped.pop()]
    return encoder


def _calls(encoder: Any) -> list[tuple[Any, str, str]]:
    """What two towers do: owner, method, part."""
    seeing = "patches" if hasattr(encoder, "encode_sets") else "see"  # no single vector to see
    methods = {seeing: "vision", "read": "language"}
    return [(encoder, name, part) for name, part in methods.items() if hasattr(encoder, name)]


def _lvlm_calls(model: Any) -> list[tuple[Any, str, str]]:
    heads = [] if model.backbone.head is None else [(model.backbone.head, "forward", "head")]
    return [(model, "look", "vision"), (model.language_model, "forward", "language"), *heads]


@contextmanager
def _replaced(owner: Any, name: str, call: Callable[..., Any]) -> Iterator[None]:
    """Inside, the owner's method is another; outside, as it was."""
    before = vars(owner).get(name)
    setattr(owner, name, call)
    try:
        yield
    finally:
        delattr(owner, name)
        if before is not None:
            setattr(owner, name, before)


def _timed(
    call: Callable[..., Any], clock: Clock, part: str, device: torch.device | None
) -> Callable[..., Any]:
    @wraps(call)
    def timed(*args: Any, **options: Any) -> Any:
        _settle(device)
        start = time.perf_counter()
        try:
            found = call(*args, **options)
            _settle(device)
            return found
        finally:
            clock.add({part: time.perf_counter() - start})

    return timed


def _settle(device: torch.device | None) -> None:
    """Wait until a GPU has done what it was given."""
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)
