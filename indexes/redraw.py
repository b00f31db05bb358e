"""A thumbnail that was lost → drawn again from its photo.

A hard stop takes thumbnails that the system had not written yet, and a cache may be emptied.
Refuses to draw what was never decoded: only the very file that a row was made of, which a child
survived, is opened in this process.
"""

import threading
from pathlib import Path

from vladva.errors import VladvaError
from vladva.images import open_image
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.thumbs import LONGER_SIDE, thumb_path, write_thumb

_WAIT_S = 10.0  # for others that draw: then it is drawn when it is next asked for
_one_at_a_time = threading.Lock()


def redraw(library: Library, photo_id: str, photo: Path) -> bool:
    """Draw the thumbnail of a photo that lies at `photo` → whether there is one now.

    One picture at a time in a process, whoever asks. False where the photo is not there or not
    the one that is indexed, and where nothing can be written.
    """
    if not _one_at_a_time.acquire(timeout=_WAIT_S):
        return False
    try:
        place = thumb_path(library, photo_id)
        if place.exists():
            return True
        if not _is_indexed(library, photo_id, photo):
            return False
        write_thumb(open_image(photo, draft=LONGER_SIDE), str(place))
    except (OSError, VladvaError):
        return False
    finally:
        _one_at_a_time.release()
    return True


def _is_indexed(library: Library, photo_id: str, photo: Path) -> bool:
    active, facts = library.active(), photo.stat()
    if active is None:
        return False
    row = LanceStore(library.folder, active.fingerprint, active.dim).rows([photo_id]).get(photo_id)
    return row is not None and (row.size, row.mtime_ns) == (facts.st_size, facts.st_mtime_ns)
