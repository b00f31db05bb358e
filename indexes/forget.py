"""Dropping a photo folder from the library; the photos themselves are never touched.

Refuses to know why.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from vladva.errors import ConfigError
from vladva.indexes.disks import disks, is_disk, remember
from vladva.indexes.lance import LanceStore, table_name
from vladva.indexes.library import Library
from vladva.indexes.paths import inside, normalise
from vladva.indexes.thumbs import drop_thumb


def forget(library: Library, folder: str | os.PathLike[str]) -> int:
    """Drop a root, its rows under every encoder, thumbnails and failures → photos dropped.

    A disk inside a root that is away can be forgotten by itself. Raises `ConfigError` for another
    folder that is no root, `writer.Busy` while another program writes:
    `handover.forget_elsewhere` asks that one.
    """
    path = forgettable(library, folder)
    with library.lock():
        return drop(library, path)


def forgettable(library: Library, folder: str | os.PathLike[str]) -> str:
    """The root at `folder`, or a disk inside a root that is away (`disks`).

    Raises `ConfigError` where it is neither: what is there would be found again.
    """
    if "\0" in os.fspath(folder):
        raise ConfigError("No folder has such a name.", "Choose one of this library.")
    path = normalise(folder)
    roots = [root.path for root in library.roots()]
    around = next((root for root in roots if inside(path, root)), None)
    # one to nothing keeps its own name; the home of nobody is no error here
    link = Path(os.path.expanduser(folder)).absolute()  # noqa: PTH111 - an unknown ~user stays as it is
    for one in (path, os.path.join(normalise(link.parent), link.name)):  # noqa: PTH118
        if one in roots or (_away(library, one, roots) and not is_disk(one)):
            return one
    names = f"only whole folders can be forgotten: {around}" if around else ", ".join(roots)
    raise ConfigError(f"{path} is not a folder of this library.", f"It has: {names or 'none'}.")


def _away(library: Library, folder: str, roots: Iterable[str]) -> bool:
    return any(folder in disks(library, root) for root in roots)


def drop(library: Library, root: str, own: LanceStore | None = None) -> int:
    """Drop a root, or a part of one → photos dropped.

    The caller holds the lock; `own` is the table it has open.
    """
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
    _forget_disks(library, root)
    return len(dropped)


def _forget_disks(library: Library, folder: str) -> None:
    remember(library, folder, ())
    for root in library.roots():
        kept = [disk for disk in disks(library, root.path) if not inside(disk, folder)]
        remember(library, root.path, kept)
