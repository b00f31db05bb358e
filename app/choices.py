"""The encoders that a library could be searched with, and what a change to each would take.

Loads nothing and fetches nothing. Refuses to know how it is shown.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from vladva.app.beside import BASELINE
from vladva.app.notices import FOR_PHOTOGRAPHS
from vladva.app.rates import Rates
from vladva.app.sources import Source, source_in_use, source_of
from vladva.encoders.source import on_hub
from vladva.errors import ConfigError
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.presets import PRESETS, Preset, is_cached

PER_NUMBER = 8
"""Bytes on the disk for each number of a vector: four in the table, four in the resident file."""


@dataclass(frozen=True)
class Choice:
    """An encoder, and what it takes until the library is searched with it.

    `download_bytes` is 0 where its weights are here. `done` of the `photos` have its vectors
    already, of an earlier change. `disk_bytes` are for all vectors, and `per_second` was measured
    on this machine; None: not known. `seconds` is what follows of it for the photos left.
    """

    model: str
    adapter: str
    licence: str
    note: str
    in_use: bool
    here: bool
    download_bytes: int
    photos: int
    done: int
    disk_bytes: int | None
    per_second: float | None
    seconds: float | None


def choices(library: Library) -> list[Choice]:
    """Every preset, and whatever else this library was indexed with.

    The one in use first, then those on this machine, then those to be advised. The demo's baseline
    is none of them: it stands beside another one.
    """
    known = [source_of(library, one).model for one in library.encoders()]
    models = dict.fromkeys([*known, *PRESETS])
    found = [choice(library, name) for name in models if name != BASELINE]
    return sorted(found, key=_rank)


def _rank(one: Choice) -> tuple[bool, bool, bool, int]:
    advised = one.model in FOR_PHOTOGRAPHS
    return not one.in_use, not one.here, not advised, one.download_bytes


def choice(library: Library, model: str) -> Choice:
    """What a change to one model takes, by its name.

    Raises `ConfigError` for no name, and for one that is nothing.
    """
    if not model.strip():
        raise ConfigError("Which model?", "`vladva models` lists them.")
    source, active = source_in_use(library, model.strip()), library.active()
    preset = PRESETS.get(source.model)
    known = any(source_of(library, one) == source for one in library.encoders())
    here = is_cached(preset) if preset else _is_here(source.model, known=known)
    photos = sum(root.photos for root in library.roots())
    in_use = active is not None and source_of(library, active) == source
    done = photos if in_use else _done(library, source)
    rate = Rates(library).of(source)
    left = max(photos - done, 0)
    return Choice(
        model=source.model,
        adapter=source.adapter,
        licence=preset.licence if preset else "",
        note=preset.note if preset else "",
        in_use=in_use,
        here=here,
        download_bytes=0 if here or preset is None else preset.size_bytes,
        photos=photos,
        done=done,
        disk_bytes=_disk(library, source, preset, photos),
        per_second=rate,
        seconds=None if rate is None else left / rate,
    )


def _is_here(model: str, *, known: bool) -> bool:
    """Whether a folder or a model of the hub is on this disk. `known`: it was, at one time."""
    if "\0" not in model:
        if Path(model).is_dir():
            return True
        remote = on_hub(model)
        if remote is not None:
            return remote.found() is not None
    if known:
        return False
    near = get_close_matches(model.lower(), PRESETS, n=1, cutoff=0.4)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    raise ConfigError(
        f"No model is called {model!r}.",
        f"{meant}`vladva models` lists the names; a hub id or a local folder works too.",
    )


def _done(library: Library, source: Source) -> int:
    made = (one for one in library.encoders() if source_of(library, one) == source)
    mine = next(made, None)
    if mine is None:
        return 0
    return len(LanceStore(library.folder, mine.fingerprint, mine.dim).known())


def _disk(library: Library, source: Source, preset: Preset | None, photos: int) -> int | None:
    made = (one.dim for one in library.encoders() if source_of(library, one) == source)
    dim = next(made, preset.dim if preset else None)
    return None if dim is None else photos * dim * PER_NUMBER
