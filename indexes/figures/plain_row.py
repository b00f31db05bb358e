"""A row as if its photo had been indexed, for figures that need many rows and no photos."""

from typing import Any

from vladva.indexes.facts.metadata import FACTS_VERSION
from vladva.indexes.store import Row

_NOTHING_KNOWN: dict[str, Any] = {
    "size": 1,
    "mtime_ns": 1,
    "dev": 1,
    "inode": 1,
    "beside": "",
    "content": "",
    "width": 1,
    "height": 1,
    "taken_at": None,
    "camera": None,
    "lat": None,
    "lon": None,
    "caption": None,
    "caption_source": None,
    "format": "jpeg",
    "animated": 0,
    "lens": None,
    "rating": None,
    "keywords": None,
    "phash": None,
    "facts_version": FACTS_VERSION,
    "indexed_at": "2026-01-01T00:00:00+00:00",
}


def plain_row(id_: str, path: str, **facts: Any) -> Row:
    """A JPEG of which only `facts` are known: columns of a `Row`."""
    return Row(**{**_NOTHING_KNOWN, "id": id_, "path": path, **facts})
