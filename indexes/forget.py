"""Dropping a photo folder from the library; the photos themselves are never touched.

Refuses to know why.
"""

import os

from vladva.errors import ConfigError
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.paths import inside, normalise
from vladva.indexes.thumbs import drop_thumb


def forget(library: Library, folder: str | os.PathLike[str]) -> int:
    """Drop a root, its rows under every encoder, thumbnails and failures → photos dropped.

    Raises `ConfigError` for a folder that is no root, `LibraryError` while another program writes.
    """
    path = normalise(folder)
    roots = [root.path for root in library.roots()]
    if path not in roots:
        around = next((root for root in roots if inside(path, root)), None)
        names = f"only whole folders can be forgotten: {around}" if around else ", ".join(roots)
        raise ConfigError(f"{path} is not a folder of this library.", f"It has: {names or 'none'}.")
    dropped: set[str] = set()
    with library.lock():
        for encoder in library.encoders():
            store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
            gone = [library.photo_id(known) for known in store.known() if inside(known, path)]
            store.drop(gone)
            store.tidy()
            dropped.update(gone)
        for photo_id in dropped:
            drop_thumb(library, photo_id)
        library.drop_root(path)
    return len(dropped)
