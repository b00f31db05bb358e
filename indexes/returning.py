"""A root that was away: what is still missing when it is back may be on its way.

A disk that is restored from a backup is there long before its last photo. So what such a root
misses counts as deleted only once the very same has been missing for a while. Ours. Refuses to
know how one looks, and what is done then.
"""

import hashlib
import os
import time
from collections.abc import Collection

from vladva.indexes.catalog import fuse_blows
from vladva.indexes.events import Skipped
from vladva.indexes.library import Library
from vladva.indexes.scopes import Scope, device

CONFIRM_S = 600.0
"""Seconds between two looks that must miss the same."""


def still_missing(
    library: Library, scope: Scope, known: int, missing: Collection[str]
) -> Skipped | None:
    """Why the `missing` of `known` photos of a scope are not to be taken as deleted yet.

    None for a root that was here all the time, and where the fuse blows, which keeps them anyway.
    A root on another device than last time is marked as one that was away.
    """
    root = scope.root
    moved_disk = root.dev not in (0, device(root.path))
    away = root.state == "offline" or moved_disk
    blows = fuse_blows(known=known, gone=len(missing), device_changed=moved_disk)
    if not (away and missing) or blows:
        _note(library, scope.folder, None)
        return None
    if _has_rested(library, scope.folder, missing):
        return None
    library.set_root(root.path, state="offline")
    return Skipped(
        scope.folder,
        "it was away, and some of its photos are still missing; what the index knows is kept",
        f"index again in {CONFIRM_S / 60:.0f} minutes or later: "
        "what is missing all that time is taken to be deleted",
    )


def _has_rested(library: Library, folder: str, missing: Collection[str]) -> bool:
    told = hashlib.blake2b(b"\0".join(os.fsencode(path) for path in sorted(missing)))
    now, what = time.time(), told.hexdigest()
    before = library.get(_key(folder)) or {}
    if before.get("what") == what and before["since"] <= now:
        return bool(now - before["since"] >= CONFIRM_S)
    _note(library, folder, {"what": what, "since": now})
    return False


def _note(library: Library, folder: str, missing: dict[str, object] | None) -> None:
    if library.get(_key(folder)) != missing:
        library.set(_key(folder), missing)


def _key(folder: str) -> str:
    return f"missing in {folder}"
