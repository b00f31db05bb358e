"""What the photos of a library are said to show: the captions that came with them.

Refuses to know what they are used for.
"""

from typing import NamedTuple

from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.paths import from_text


class Captioned(NamedTuple):
    """A photo, and the text beside or inside it, None where there is none."""

    path: str
    caption: str | None


def captions(library: Library) -> list[Captioned]:
    """Every photo by the encoder in use, in the order of paths, identical files once.

    Of identical files the first with a caption counts, else the first. No photos where nothing is
    indexed.
    """
    active = library.active()
    if active is None:
        return []
    store = LanceStore(library.folder, active.fingerprint, active.dim)
    facts = store.facts().select(["path", "caption", "content"])
    paths, texts, contents = (column.to_pylist() for column in facts.columns)
    rows = zip(map(from_text, paths), texts, contents, strict=True)
    found: dict[str, Captioned] = {}
    for path, text, content in sorted(rows, key=lambda row: row[0]):
        if content not in found or (text and not found[content].caption):
            found[content] = Captioned(path, text or None)
    return sorted(found.values())
