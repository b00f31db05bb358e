"""Thumbnails that are missing beside photos that are there, and drawing them.

Refuses to judge: a thumbnail is a cache, and one that is missing is drawn when it is looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from vladva.indexes.catalog import FileStamp
from vladva.indexes.decode import Decoded, Job
from vladva.indexes.library import Library
from vladva.indexes.paths import openable
from vladva.indexes.pool import DecodePool
from vladva.indexes.thumbs import thumb_path
from vladva.protocols import Prepared


@dataclass(frozen=True)
class _NoEncoder:
    """A preparation that wants nothing of a picture."""

    version: str = "none"
    draft: int = 0

    def __call__(self, image: Image.Image) -> Prepared:
        del image
        return {}


def is_lost(library: Library, path: str) -> bool:
    """Whether a photo has no thumbnail and is there to draw one of."""
    place = thumb_path(library, library.photo_id(path))
    return not place.exists() and Path(openable(path)).is_file()


def draw(library: Library, stamps: Iterable[FileStamp]) -> int:
    """Draw thumbnails of photos, in children → how many there are more. The caller has the lock."""
    jobs = [Job(stamp, str(thumb_path(library, library.photo_id(stamp.path)))) for stamp in stamps]
    drawn = 0
    with DecodePool(jobs, _NoEncoder()) as pool:
        while pool.left:
            drawn += isinstance(pool.take(), Decoded)
    return drawn
