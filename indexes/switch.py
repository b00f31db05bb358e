"""From one encoder to the next: whose table is in use, whose is being filled, whose is given back.

A new encoder fills a table of its own beside the old one, over as many runs as that takes; search
goes on with the old one until the new one is complete. Then the old table goes, with whatever an
earlier change left unfinished. Refuses to know what is in the tables.
"""

import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from vladva.indexes.lance import LanceStore, table_name
from vladva.indexes.library import Active, Library
from vladva.indexes.writer import Busy

_BUILDING, _UNFINISHED, _BESIDE, _LEAVING = "building", "unfinished", "beside", "leaving"


@dataclass(frozen=True)
class Building:
    """A table that another encoder is filling at this moment."""

    model: str
    fingerprint: str
    done: int
    total: int


def clear(library: Library) -> None:
    """Give back what earlier changes left to be given back; before any table is opened."""
    _delete_leaving(library)
    library.set(_BUILDING, None)


def begin(library: Library, encoder: Active, *, beside: bool = False) -> None:
    """A run with this encoder starts, and its table is there; the caller holds the lock.

    The first encoder of a library is in use from here on. `beside`: never in use, kept whatever
    is in use.
    """
    library.register(encoder)
    active = library.active()
    if beside:
        library.set(_BESIDE, sorted({*(library.get(_BESIDE) or ()), encoder.fingerprint}))
    elif active is None:
        library.activate(encoder.model, encoder.fingerprint, encoder.dim)
    elif active.fingerprint != encoder.fingerprint:
        library.set(_UNFINISHED, encoder.fingerprint)


def holds_nothing(library: Library) -> bool:
    """Whether no photo is found in it: nothing was indexed yet, or all of it was forgotten."""
    active = library.active()
    return active is None or _is_empty(library, active)


def start_over(library: Library) -> bool:
    """Let empty tables go → whether the next encoder to come is in use from its beginning.

    That of another program that writes stays as it is: what is asked of it, it does with its own.
    """
    with suppress(Busy), library.lock():
        active = library.active()
        for one in library.encoders():
            if _is_empty(library, one):
                if one == active:
                    library.set("active", None)
                _leave(library, one)
        _delete_leaving(library)
    return library.active() is None


def _is_empty(library: Library, encoder: Active) -> bool:
    return not LanceStore(library.folder, encoder.fingerprint, encoder.dim).known()


def note(library: Library, encoder: Active, done: int, total: int) -> None:
    """How far the table of an encoder is that is not in use yet."""
    active = library.active()
    if active is not None and active.fingerprint != encoder.fingerprint:
        facts = Building(encoder.model, encoder.fingerprint, done, total)
        library.set(_BUILDING, asdict(facts))


def building(library: Library) -> Building | None:
    """What was noted, as long as somebody is at it: a run that was killed builds nothing."""
    noted = library.get(_BUILDING)
    return Building(**noted) if noted and library.locked() else None


def unfinished(library: Library) -> Active | None:
    """The encoder whose table a change has begun to fill and not ended, None where there is none.

    The next run with it goes on where the last one was.
    """
    left = library.get(_UNFINISHED)
    active = library.active()
    if active is None or left == active.fingerprint:
        return None
    return next((one for one in library.encoders() if one.fingerprint == left), None)


def end(library: Library, encoder: Active, *, complete: bool, beside: bool = False) -> None:
    """A run with this encoder ends; the caller holds the lock.

    `complete`: its table knows all that can be reached, so it is put to use, and whatever it
    replaces is given back; but not while a root is offline, of which the old one knows more.
    Killed in between, the next run goes on with that.
    """
    library.set(_BUILDING, None)
    if not complete or beside:
        return
    library.activate(encoder.model, encoder.fingerprint, encoder.dim)
    if library.get(_UNFINISHED) == encoder.fingerprint:
        library.set(_UNFINISHED, None)
    if any(root.state == "offline" for root in library.roots()):
        return
    kept = {encoder.fingerprint, library.get(_UNFINISHED), *(library.get(_BESIDE) or ())}
    for other in library.encoders():
        if other.fingerprint not in kept:
            _leave(library, other)
    _delete_leaving(library)


def _leave(library: Library, encoder: Active) -> None:
    name = table_name(encoder.fingerprint)
    library.set(_LEAVING, sorted({*(library.get(_LEAVING) or ()), name}))
    library.unregister(encoder.fingerprint)


def _delete_leaving(library: Library) -> None:
    """Table and resident files; what cannot go (Windows, still read) goes the next time."""
    leaving: list[str] = library.get(_LEAVING) or []
    for name in leaving:
        place = _place(library, name)
        shutil.rmtree(place, ignore_errors=True)
        for file in (library.folder / "resident").glob(f"{name}.*"):
            with suppress(OSError):
                file.unlink()
    if leaving:
        library.set(_LEAVING, [n for n in leaving if _place(library, n).exists()] or None)


def _place(library: Library, name: str) -> Path:
    return library.folder / "tables" / f"{name}.lance"
