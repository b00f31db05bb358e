"""Decoded pictures → vectors, in batches that keep the encoder busy and the user informed.

Refuses to know files, tables and events.
"""

import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from vladva.errors import ModelError
from vladva.indexes.intake import Entry
from vladva.indexes.pool import default_workers
from vladva.indexes.store import Vector
from vladva.protocols import Encoder, Prepared, Vectors

LARGEST = 64
"""Pictures in one call, so that a commit never waits for more."""
_FIRST = 8
_WINDOW = 4  # batches that may wait, so that there are pictures of one shape among them
_CALL_S = 1.0  # how long a call should take where the size is ours to choose
_PATIENCE_S = 0.5  # how long a picture waits for company


class Feed:
    """A queue before the encoder; rows that need no encoding ride along.

    A batch is the oldest picture and others of its shape, which need no padding; where these are
    too few, whatever is next. Pictures of one shape keep their order.
    """

    def __init__(self, encoder: Encoder, batch_size: int | None) -> None:
        self._encoder = encoder
        self._fixed = batch_size is not None
        self._cores = default_workers() if encoder.on_cpu else 1
        self._size = min(batch_size or _FIRST, LARGEST)
        self._waiting: deque[Entry] = deque()
        self._pictures = 0
        self._oldest = 0.0
        self.ready: list[tuple[Entry, Vector | None]] = []
        """Rows with their vectors; None where the vector is another row's."""
        self.ready_since = 0.0
        self.encodes = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, entry: Entry) -> None:
        """Put a row at the end of the queue."""
        if not self._waiting:
            self._oldest = time.monotonic()
        self._waiting.append(entry)
        self._pictures += entry.prepared is not None

    @property
    def hungry(self) -> bool:
        """Whether more pictures would give it more of a choice."""
        return self._pictures < max(self._size, min(_WINDOW * self._size, LARGEST))

    def due(self, *, last: bool) -> bool:
        """Whether to encode now; `last`: nothing more will come."""
        if not self._waiting:
            return False
        late = time.monotonic() - self._oldest > _PATIENCE_S
        return last or late or self._pictures >= self._size or not self._pictures

    def encode(self) -> list[tuple[Entry, str]]:
        """Encode the next batch → the entries that the encoder does not take, and why."""
        batch = self._next()
        pictures = [entry for entry in batch if entry.prepared is not None]
        start = time.monotonic()
        results = encode_each(self._encoder, [e.prepared for e in pictures if e.prepared])
        took = max(time.monotonic() - start, 1e-6)
        if pictures and not self._fixed:
            self._size = self._suited(len(pictures) / took)
        self.encodes += len(pictures)
        self._oldest = time.monotonic()
        made = dict(zip((entry.row.id for entry in pictures), results, strict=True))
        lost = {id_: str(made_) for id_, made_ in made.items() if isinstance(made_, ModelError)}
        refused = [(entry, lost[entry.row.id]) for entry in pictures if entry.row.id in lost]
        refused += self._orphans(batch, lost)
        if batch and not self.ready:
            self.ready_since = time.monotonic()
        for entry in batch:
            vector = made.get(entry.row.id)
            if entry.row.id not in lost and not isinstance(vector, ModelError):
                self.ready.append((entry, vector))
        return refused

    def take(self) -> list[tuple[Entry, Vector | None]]:
        """Hand over what is ready."""
        ready, self.ready = self.ready, []
        return ready

    def _suited(self, rate: float) -> int:
        """The size of a call that takes a second, as much for one core as for another."""
        size = max(1, min(2 * self._size, int(rate * _CALL_S), LARGEST))
        uneven = size % self._cores if size > self._cores else 0
        return size - uneven

    def _next(self) -> list[Entry]:
        pictures = [entry for entry in self._waiting if entry.prepared is not None]
        alike = sorted(pictures, key=lambda entry: _shape(entry) != _shape(pictures[0]))
        left = {entry.row.id for entry in alike[self._size :]}
        batch: list[Entry] = []
        rest: deque[Entry] = deque()
        for entry in self._waiting:
            if entry.row.id in left or entry.source in left:
                left.add(entry.row.id)
                rest.append(entry)
            else:
                batch.append(entry)
        self._waiting = rest
        self._pictures = max(0, len(pictures) - self._size)
        return batch

    def _orphans(self, batch: list[Entry], lost: dict[str, str]) -> list[tuple[Entry, str]]:
        """Copies of refused pictures: they cannot have a vector either."""
        found = [(e, lost[e.source]) for e in (*batch, *self._waiting) if e.source in lost]
        for entry, reason in found:
            lost[entry.row.id] = reason
        self._waiting = deque(entry for entry in self._waiting if entry.row.id not in lost)
        return found


def _shape(entry: Entry) -> list[tuple[int, ...]]:
    return [array.shape for array in (entry.prepared or {}).values()]


def encode_each(encoder: Encoder, pictures: Sequence[Prepared]) -> list[Vector | ModelError]:
    """One vector a picture, or why this encoder has none for it.

    A batch that fails is tried picture by picture. Where several fail and none passes, it is the
    encoder that is broken, and its own error is raised.
    """
    if not pictures:
        return []
    try:
        return list(_checked(encoder, pictures))
    except Exception as error:  # noqa: BLE001 - one picture must not end the run
        if len(pictures) == 1:
            return [_as_refusal(error)]
    results: list[Vector | ModelError] = []
    last: Exception | None = None
    for picture in pictures:
        try:
            results.append(_checked(encoder, [picture])[0])
        except Exception as error:  # noqa: BLE001 - as above
            last = error
            results.append(_as_refusal(error))
    if last is not None and all(isinstance(result, ModelError) for result in results):
        raise last
    return results


def _checked(encoder: Encoder, pictures: Sequence[Prepared]) -> Vectors:
    vectors = encoder.encode(pictures)
    if vectors.shape != (len(pictures), encoder.dim) or not np.isfinite(vectors).all():
        raise ModelError(f"{encoder.name} does not give one finite vector a picture.")
    return vectors


def _as_refusal(error: Exception) -> ModelError:
    return error if isinstance(error, ModelError) else ModelError(str(error) or repr(error))
