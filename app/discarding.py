"""When an adapter of a library may be deleted: nothing is chosen by it, and nothing searched by it.

Refuses to know how it is kept.
"""

from vladva.app.adapters import Adapters, Kept
from vladva.app.sources import source_of
from vladva.errors import ConfigError
from vladva.indexes.library import Library


def discardable(library: Library, name: str) -> Kept:
    """The adapter of this name. Raises `ConfigError` where something still needs it."""
    kept = Adapters(library).find(name)
    if Adapters(library).chosen(kept.model) == name:
        raise ConfigError(
            f"The adapter {name!r} is in use for {kept.model}.",
            "First `vladva adapters rollback`, or `vladva adapters use` another one.",
        )
    if any(source_of(library, one).adapter == name for one in library.encoders()):
        raise ConfigError(
            f"Photos are still searched by the adapter {name!r}.",
            "`vladva index FOLDER` embeds them with what is in use now; then it can go.",
        )
    return kept
