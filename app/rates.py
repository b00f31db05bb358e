"""How many photos a second an encoder reads on this machine: remembered, or measured on a few.

Refuses to know what is done with the figure.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from vladva.app.sources import Source, source_of
from vladva.errors import ImageError, LibraryError
from vladva.images import open_image
from vladva.indexes.events import Progress
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Active, Library
from vladva.protocols import Encoder, Prepared

SAMPLE = 8
"""Photos that a measurement reads, spread over the library."""
SLOW_S = 1.0
"""Where one photo takes longer than this, it is not waited for the others."""
STEADY = 64
"""Photos after which the rate of a run says something."""
_RATES = "rates"


class Rates:
    """The rates of one library's encoders, in photos a second."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._noted: dict[str, float] = {}  # by fingerprint

    def of(self, source: Source) -> float | None:
        """What was last measured or seen, None where nothing was."""
        rate = (self._library.get(_RATES) or {}).get(_key(source))
        return None if rate is None else float(rate)

    def heard(self, encoder: Encoder, progress: Progress) -> None:
        """Remember the rate of a run that has read enough to have one, and was not held back."""
        if progress.done < STEADY or progress.rate <= 0:
            return
        before = self._noted.get(encoder.fingerprint, 0.0)
        if abs(progress.rate - before) < 0.1 * before:  # a run tells every second
            return
        self._noted[encoder.fingerprint] = progress.rate
        me = Active(encoder.name, encoder.fingerprint, encoder.dim)
        self._keep(source_of(self._library, me), progress.rate)

    def measure(self, encoder: Encoder, source: Source) -> float:
        """Read a few photos of the library with an encoder → photos a second, remembered.

        A run decodes beside the encoder and in batches, so it is hardly slower than this.
        Raises `LibraryError` where no photo can be read.
        """
        paths = _sample(self._library)
        first, start = _prepared(encoder, paths[:1]), time.monotonic()
        if first:
            encoder.encode(first)  # what only the first call takes is not the rate
            start = time.monotonic()
            encoder.encode(_prepared(encoder, paths[:1]))
        took, done = time.monotonic() - start, 1
        if not first or took < SLOW_S:
            start = time.monotonic()
            batch = _prepared(encoder, paths)
            if not batch:
                raise LibraryError("No photo can be read to measure by.", "Index a folder first.")
            encoder.encode(batch)
            took, done = time.monotonic() - start, len(batch)
        rate = done / max(took, 1e-6)
        self._keep(source, rate)
        return rate

    def _keep(self, source: Source, rate: float) -> None:
        known = self._library.get(_RATES) or {}
        self._library.set(_RATES, {**known, _key(source): round(rate, 3)})


def _key(source: Source) -> str:
    return f"{source.model} {source.adapter}"


def _sample(library: Library) -> list[str]:
    """Photos of the library, evenly spread. Raises `LibraryError` where it has none."""
    active = library.active()
    paths = []
    if active is not None:
        paths = sorted(LanceStore(library.folder, active.fingerprint, active.dim).known())
    if not paths:
        raise LibraryError("There is no photo to measure by.", "Index a folder first.")
    return paths[:: max(1, len(paths) // SAMPLE)][:SAMPLE]


def _prepared(encoder: Encoder, paths: Sequence[str]) -> list[Prepared]:
    found = []
    for path in paths:
        try:
            found.append(encoder.prepare(open_image(Path(path))))
        except ImageError:  # away, or changed meanwhile
            continue
    return found
