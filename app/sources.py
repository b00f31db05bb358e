"""Where an encoder of a library was loaded from, so that it can be loaded again from anywhere.

A preset or a hub id is its own name. A local folder is known to the library by its last part
only: its path is kept as a setting. Refuses to know how an encoder is loaded.
"""

from pathlib import Path

from vladva.indexes.library import Active, Library

_SOURCES = "encoder_folders"


def remember_source(library: Library, fingerprint: str, name: str) -> None:
    """Keep the path of an encoder that was named by its folder."""
    known = dict(library.get(_SOURCES) or {})
    if Path(name).is_dir():
        library.set(_SOURCES, {**known, fingerprint: str(Path(name).resolve())})


def source_of(library: Library, encoder: Active) -> str:
    """The name under which an encoder of this library can be loaded."""
    known = library.get(_SOURCES) or {}
    return str(known.get(encoder.fingerprint, encoder.model))
