"""What a library holds: the object of `vladva status --json`.

Refuses to know how it is shown.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library, Root, State
from vladva.indexes.paths import inside
from vladva.indexes.schema import SCHEMA_VERSION
from vladva.indexes.switch import Building, building


@dataclass(frozen=True)
class RootStatus:
    """A photo folder, and how many photos the encoder in use knows of it."""

    path: str
    state: State
    photos: int


@dataclass(frozen=True)
class FailureStatus:
    """A file that is not indexed, and why; `since` is ISO 8601."""

    path: str
    reason: str
    since: str


@dataclass(frozen=True)
class Status:
    """A library at a glance. `model`, `fingerprint`, `dim` are None before the first run."""

    library: str
    model: str | None
    fingerprint: str | None
    dim: int | None
    photos: int
    roots: list[RootStatus]
    failures: list[FailureStatus]
    index_bytes: int
    schema_version: int
    building: Building | None


def status(library: Library) -> Status:
    """Count everything now. `index_bytes` are the files of the library, thumbnails included."""
    active = library.active()
    known: list[str] = []
    if active is not None:
        store = LanceStore(library.folder, active.fingerprint, active.dim)
        known = list(store.known())
    return Status(
        library=str(library.folder),
        model=active.model if active else None,
        fingerprint=active.fingerprint if active else None,
        dim=active.dim if active else None,
        photos=len(known),
        roots=[
            RootStatus(
                root.path, _state(library, root), sum(inside(path, root.path) for path in known)
            )
            for root in library.roots()
        ],
        failures=[FailureStatus(f.path, f.reason, f.since) for f in library.failures()],
        index_bytes=_bytes(library.folder),
        schema_version=SCHEMA_VERSION,
        building=building(library),
    )


def _state(library: Library, root: Root) -> State:
    """What was noted; but a run that was killed watches nothing any more."""
    return "idle" if root.state == "watched" and not library.locked() else root.state


def _bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).stat().st_size
            except OSError:  # replaced meanwhile
                continue
    return total
