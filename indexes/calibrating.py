"""When a library's own fit is made: on request, and after runs that change how much there is.

Captions are long and queries short, so a fit that was made on captions alone may cut off too much:
it is made for those who ask for it. A fit that lies with the model is better and stays. Refuses to
know how one is made (`own_fit`).
"""

from pathlib import Path

from vladva.indexes.caption_source import is_machine
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.ranking.calibrate import keep_fit, packaged_fit
from vladva.indexes.ranking.own_fit import ENOUGH, own_fit
from vladva.indexes.resident import Resident
from vladva.protocols import Encoder

GROWN = 0.25
"""Share by which photos or captions must have become more or fewer (ours)."""


_WISHED = "calibrate"


def wish(library: Library, *, on: bool) -> None:
    """Make a fit at the end of the next run, and again as the library grows; or forget it all."""
    library.set(_WISHED, on or None)
    if not on:
        for encoder in library.encoders():
            keep_fit(library, encoder.fingerprint, None)
            library.set(_key(encoder.fingerprint), None)


def calibrate(library: Library, encoder: Encoder, store: LanceStore) -> bool:
    """Make or drop the fit of this encoder where the library has changed enough → whether it did.

    Only the one writer may ask for it.
    """
    if not library.get(_WISHED) or packaged_fit(encoder) is not None:
        return False
    facts = store.facts().select(["caption", "caption_source"]).to_pydict()
    words = zip(facts["caption"], facts["caption_source"], strict=True)
    told = sum(bool(text) and not is_machine(source) for text, source in words)
    now = [len(facts["caption"]), told]
    before = library.get(_key(encoder.fingerprint)) or [0, 0]
    if (told < ENOUGH and before == [0, 0]) or not _grown(before, now):
        return False
    fit = None
    if told >= ENOUGH:
        fit = own_fit(encoder, Resident(store, Path(library.folder, "resident")).snapshot())
    keep_fit(library, encoder.fingerprint, fit)
    library.set(_key(encoder.fingerprint), now)
    return True


def _grown(before: list[int], now: list[int]) -> bool:
    return any(abs(b - n) > GROWN * max(b, 1) for b, n in zip(before, now, strict=True))


def _key(fingerprint: str) -> str:
    return f"calibrated at {fingerprint}"
