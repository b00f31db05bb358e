"""What the photos of a library are said to show: captions that came with them or a model wrote.

Refuses to know what they are used for.
"""

from typing import NamedTuple

import pyarrow as pa

from vladva.indexes.caption_source import is_machine
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.paths import from_text


class Told(NamedTuple):
    """A photo and the words that it has."""

    path: str
    content: str
    caption: str | None
    by_machine: bool
    """Whether a model wrote the caption."""
    keywords: tuple[str, ...]


class Counts(NamedTuple):
    """How many photos have a caption, and whose."""

    own: int
    """Captions that came with the photo."""
    machine: int
    """Captions that a model wrote."""
    none: int


def told(library: Library) -> list[Told]:
    """Every photo by the encoder in use, in the order of paths, identical files once.

    Of identical files the first with a caption of its own counts, else the first with one by a
    model, else the first. No photos where nothing is indexed.
    """
    found: dict[str, Told] = {}
    for photo in sorted(_photos(library), key=lambda photo: photo.path):
        if photo.content not in found or _better(photo, found[photo.content]):
            found[photo.content] = photo
    return sorted(found.values(), key=lambda photo: photo.path)


def counts(library: Library) -> Counts:
    """How many photos by the encoder in use have a caption, copies counted each."""
    return counted(_facts(library))


def counted(facts: pa.Table | None) -> Counts:
    """The same of rows that are at hand: columns `caption` and `caption_source`; None: no rows."""
    if facts is None:
        return Counts(0, 0, 0)
    pairs = zip(facts["caption"].to_pylist(), facts["caption_source"].to_pylist(), strict=True)
    kinds = [0 if not caption else 2 if is_machine(source) else 1 for caption, source in pairs]
    return Counts(kinds.count(1), kinds.count(2), kinds.count(0))


def _facts(library: Library) -> pa.Table | None:
    active = library.active()
    if active is None:
        return None
    return LanceStore(library.folder, active.fingerprint, active.dim).facts()


def _photos(library: Library) -> list[Told]:
    facts = _facts(library)
    if facts is None:
        return []
    names = ["path", "content", "caption", "caption_source", "keywords"]
    columns = [facts[name].to_pylist() for name in names]
    return [
        Told(
            from_text(path),
            content,
            caption or None,
            bool(caption) and is_machine(source),
            tuple(keywords.split("\n")) if keywords else (),
        )
        for path, content, caption, source, keywords in zip(*columns, strict=True)
    ]


def _better(photo: Told, known: Told) -> bool:
    def worth(one: Told) -> int:
        return 0 if one.caption is None else 1 if one.by_machine else 2

    return worth(photo) > worth(known)
