"""The calibrator of one library and encoder, as it is now: an index run may have made a new fit.

Refuses to know what a fit says.
"""

import threading
import time

from vladva.indexes.library import Library
from vladva.indexes.ranking.calibrate import Calibrator, kept_fit, packaged_fit
from vladva.protocols import Encoder

_LOOK_S = 1.0


class CurrentFit:
    """Looks once a second. Threads may share it."""

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library = library
        self._encoder = encoder
        self._mutex = threading.Lock()
        self._packaged = packaged_fit(encoder)
        self._now = Calibrator.of(library, encoder)
        self._looked = time.monotonic()

    def __call__(self) -> Calibrator:
        """The calibrator to ask this time; one question should ask one."""
        with self._mutex:
            if self._packaged is None and time.monotonic() - self._looked > _LOOK_S:
                self._looked = time.monotonic()
                if kept_fit(self._library, self._encoder.fingerprint) != self._now.fit:
                    self._now = Calibrator.of(self._library, self._encoder)
            return self._now
