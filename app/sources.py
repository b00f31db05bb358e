"""What an encoder of a library was made of, so that it can be loaded again from anywhere.

The base by its preset, hub id or absolute path, and the adapter on it: kept for every fingerprint,
since vectors can only be asked by the very encoder that made them. Refuses to know how an encoder
is loaded.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from vladva.app.adapters import NONE, PACKAGED, Adapters, base_name, base_of, read_facts
from vladva.indexes.library import Active, Library
from vladva.presets import default_model
from vladva.protocols import Encoder

_SOURCES = "encoder_sources"


@dataclass(frozen=True)
class Source:
    """A base model, and an adapter of the library (or `PACKAGED`, `NONE`) on it.

    `quantize`: 8 or 4 bits a weight, None for whole ones. `dim`: how many numbers of each vector
    are kept, None for all.
    """

    model: str
    adapter: str = PACKAGED
    quantize: int | None = None
    dim: int | None = None

    def uses(self, model: str, adapter: str) -> bool:
        """Whether it is this adapter on this base, in whatever bits."""
        return (self.model, self.adapter) == (model, adapter)

    @property
    def options(self) -> dict[str, int]:
        """What `load_encoder` is told beside model and adapter."""
        told = {"quantize": self.quantize, "dim": self.dim}
        return {name: value for name, value in told.items() if value is not None}


def remember_source(library: Library, fingerprint: str, source: Source) -> None:
    """Keep what an encoder was made of."""
    known = library.get(_SOURCES) or {}
    library.set(_SOURCES, {**known, fingerprint: asdict(source)})


def source_of(library: Library, encoder: Active) -> Source:
    """What an encoder of this library was made of."""
    known = (library.get(_SOURCES) or {}).get(encoder.fingerprint)
    return Source(**known) if known else Source(encoder.model)


def fingerprint_of(library: Library, source: Source) -> str | None:
    """The encoder of this library that was made of `source`, None where there is none."""
    made = (one for one in library.encoders() if source_of(library, one) == source)
    return next((one.fingerprint for one in made), None)


def source_in_use(library: Library, model: str | None = None) -> Source:
    """A base (None: the one that the library is searched with) and the adapter chosen for it."""
    active = library.active()
    if model is not None:
        base = base_name(model)
    else:
        base = source_of(library, active).model if active else default_model()
    used = source_of(library, active) if active else Source(base)
    same = used if used.model == base else Source(base)
    return replace(same, adapter=Adapters(library).chosen(base))


def load_source(
    library: Library, source: Source, load: Callable[..., Encoder], **options: Any
) -> Encoder:
    """Base and adapter → encoder, by `load_encoder` or what stands for it."""
    adapter = Adapters(library).folder(source.adapter)
    return load(source.model, adapter=adapter, **source.options, **options)


def load_chosen(
    library: Library,
    source: Source,
    adapter: str | None,
    load: Callable[..., Encoder],
    **options: Any,
) -> Encoder:
    """Load an encoder for indexing and note what it was made of → that encoder.

    `adapter` is what `--adapter` says, None where it says nothing. A named one is in use from now
    on, and a folder is copied in; neither happens where the encoder does not load.
    """
    place = None if adapter is None else own_folder(library, adapter)
    if place is None:
        encoder = load_source(library, source, load, **options)
    else:
        encoder = load(source.model, adapter=place, **source.options, **options)
        kept = Adapters(library).keep(place, place.name, source.model)
        source = replace(source, adapter=kept.name)
    remember_source(library, encoder.fingerprint, source)
    if adapter is not None:
        Adapters(library).choose(source.model, source.adapter)
    return encoder


def named_source(library: Library, model: str | None, adapter: str | None) -> Source:
    """What `--model` and `--adapter` ask for; an adapter brings its base along.

    Raises `ConfigError` on an adapter that is neither in the library nor a folder of one.
    """
    if adapter is None:
        return source_in_use(library, model)
    used = source_in_use(library, model)
    if adapter in (PACKAGED, NONE):
        return replace(used, adapter=adapter)
    place = own_folder(library, adapter)
    if place is None:
        kept = Adapters(library).find(adapter)
        known = used.model if model else kept.model
        return replace(used if known == used.model else Source(known), adapter=kept.name)
    trained_for = base_of(read_facts(place))
    if model or not trained_for or trained_for == Path(used.model).name:
        return replace(used, adapter=PACKAGED)
    return Source(base_name(trained_for))


def with_options(source: Source, quantize: str | None, dim: str | None) -> Source:
    """What `--quantize` ("8", "4", "none") and `--dim` (a number, "whole") make of it.

    None where they say nothing.
    """
    if quantize is not None:
        source = replace(source, quantize=None if quantize == "none" else int(quantize))
    if dim is not None:
        source = replace(source, dim=None if dim == "whole" else int(dim))
    return source


def own_folder(library: Library, adapter: str) -> Path | None:
    """The folder that `--adapter` names; None where it names an adapter of the library."""
    kept = {one.name for one in Adapters(library).all()} | {PACKAGED, NONE}
    if adapter in kept or not Path(adapter).is_dir():
        return None
    return Path(adapter).resolve()
