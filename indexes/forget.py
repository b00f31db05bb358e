"""Dropping a photo folder from the library; the photos themselves are never touched.

Refuses to know why.
"""

import os

from vladva.errors import ConfigError
from vladva.indexes.lance import LanceStore, table_name
from vladva.indexes.library import Library
from vladva.indexes.paths import inside, normalise
from vladva.indexes.thumbs import drop_thumb


def forget(library: Library, folder: str | os.PathLike[str]) -> int:
    """Drop a root, its rows under every encoder, thumbnails and failures → photos dropped.

    Raises `ConfigError` for a folder that is no root, `writer.Busy` while another program writes:
    `handover.forget_elsewhere` asks that one.
    """
    path = root_named(library, folder)
    with library.lock():
        return drop(library, path)


def root_named(library: Library, folder: str | os.PathLike[str]) -> str:
    """The root at `folder`. Raises `ConfigError` where it is none."""
    path = normalise(folder)
    roots = [root.path for root in library.roots()]
    if path not in roots:
        around = next((root for root in roots if inside(path, root)), None)
        names = f"only whole folders can be forgotten: {around}" if around else ", ".join(roots)
        raise ConfigError(f"{path} is not a folder of this library.", f"It has: {names or 'none'}.")
    return path


def drop(library: Library, root: str, own: LanceStore | None = None) -> int:
    """Drop a root → photos dropped. The caller holds the lock; `own` is the table it has open."""
    dropped: set[str] = set()
    for encoder in library.encoders():
        if own is not None and own.name == table_name(encoder.fingerprint):
            store = own
        else:
            store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
        gone = [library.photo_id(path) for path in store.known() if inside(path, root)]
        store.drop(gone)
        store.tidy()
        dropped.update(gone)
    for photo_id in dropped:
        drop_thumb(library, photo_id)
    library.drop_root(root)
    return len(dropped)
