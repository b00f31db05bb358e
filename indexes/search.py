"""Words or a picture → the photos that fit best; a picture → the words that fit it.

Exact and in a stable order, over every row of the encoder's table. Refuses to know how a query
was typed, and how results are shown.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from vladva.errors import EncoderMismatch, LibraryError
from vladva.indexes.hits import Found, Hit, Photo, TextHit
from vladva.indexes.lance import LanceStore, table_exists
from vladva.indexes.library import Library
from vladva.indexes.paths import from_text
from vladva.indexes.resident import Resident, Snapshot
from vladva.indexes.store import Vector, cosine
from vladva.protocols import Encoder

_SHOWN = ["id", "path", "caption", "taken_at", "width", "height"]

__all__ = ["Found", "Hit", "Photo", "Searcher", "TextHit"]


class Searcher:
    """Answers queries from one library by one encoder; sees what others index meanwhile.

    Threads may share it. Raises `EncoderMismatch` where the library has no table of this encoder.
    """

    def __init__(self, library: Library, encoder: Encoder) -> None:
        _check(library, encoder)
        self._encoder = encoder
        store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
        self._resident = Resident(store, library.folder / "resident")
        self._captions: dict[str, Vector] = {}
        self._mutex = threading.Lock()

    @property
    def count(self) -> int:
        """How many photos can be found."""
        return len(self._resident.snapshot())

    def photo(self, photo_id: str) -> Photo | None:
        """A photo by its id, None where there is none."""
        snapshot = self._resident.snapshot()
        at = snapshot.find(photo_id)
        if at is None:
            return None
        (facts,) = _facts(snapshot, [at], [field.name for field in fields(Photo)])
        return Photo(**facts)

    def by_text(self, text: str, limit: int, offset: int = 0) -> Found:
        """The photos that a text describes best."""
        start = time.perf_counter()
        query = self._encoder.encode_texts([text])[0]
        return self._found(query, start, limit, offset)

    def by_image(
        self, picture: Image.Image, limit: int, offset: int = 0, exclude_id: str | None = None
    ) -> Found:
        """The photos that look most like a picture, `exclude_id` left out."""
        start = time.perf_counter()
        query = self._encoder.encode([self._encoder.prepare(picture)])[0]
        return self._found(query, start, limit, offset, exclude_id)

    def by_id(self, photo_id: str, limit: int, offset: int = 0) -> Found:
        """The photos most like one of the library, that one left out; nothing is encoded."""
        start = time.perf_counter()
        snapshot = self._resident.snapshot()
        at = snapshot.find(photo_id)
        if at is None:
            raise LibraryError(
                "This photo is not in the library any more.", "Search again, or index its folder."
            )
        query = snapshot.vectors(np.array([at]))[0]
        return self._found(query, start, limit, offset, photo_id)

    def match(self, picture: Image.Image, texts: Sequence[str] | None, limit: int) -> list[TextHit]:
        """The texts that fit a picture best: the given ones, or (None) the library's captions."""
        query = self._encoder.encode([self._encoder.prepare(picture)])[0]
        if texts is None:
            return self._match_captions(query, limit)
        if not texts:
            return []
        scores = cosine(self._encoder.encode_texts(texts), query)
        return _text_hits([(t, None) for t in texts], scores, limit)

    def _match_captions(self, query: Vector, limit: int) -> list[TextHit]:
        captions = _captions(self._resident.snapshot())
        if not captions:
            raise LibraryError(
                "No photo of this library has a caption.",
                "Give texts of your own with --texts; or keep one beside each photo (photo.jpg, "
                "photo.txt), `vladva forget` the folder and index it again.",
            )
        with self._mutex:
            fresh = [text for text in captions if text not in self._captions]
            self._captions.update(zip(fresh, self._encoder.encode_texts(fresh), strict=True))
            vectors = np.stack([self._captions[text] for text in captions])
        return _text_hits(list(captions.items()), cosine(vectors, query), limit)

    def _found(
        self, query: Vector, start: float, limit: int, offset: int, exclude_id: str | None = None
    ) -> Found:
        encoded = time.perf_counter()
        snapshot = self._resident.snapshot()
        without = None if exclude_id is None else snapshot.find(exclude_id)
        best = snapshot.best(query, offset + limit, without)[offset:]
        facts = _facts(snapshot, [at for at, _ in best], _SHOWN)
        hits = [
            Hit(rank=rank, score=score, **fact)
            for rank, ((_, score), fact) in enumerate(zip(best, facts, strict=True), offset + 1)
        ]
        return Found(
            hits=hits,
            searched=len(snapshot),
            total=len(snapshot) - (without is not None),
            encode_ms=(encoded - start) * 1e3,
            search_ms=(time.perf_counter() - encoded) * 1e3,
        )


def _check(library: Library, encoder: Encoder) -> None:
    known = library.encoders()
    if not known:
        raise EncoderMismatch("Nothing is indexed yet.", "Begin with `vladva index FOLDER`.")
    roots = library.roots()
    again = f'`vladva index "{roots[0].path if roots else "FOLDER"}" --model {encoder.name}`'
    if any(one.fingerprint == encoder.fingerprint for one in known):
        if not table_exists(library.folder, encoder.fingerprint):
            cause = f"The library's table of {encoder.name} is gone."
            raise LibraryError(cause, f"{again} makes it again; no photo is lost.")
        return
    if any(one.model == encoder.name for one in known):
        cause = f"{encoder.name} has changed since this library was indexed with it."
        raise EncoderMismatch(cause, f"Index once more: {again}.")
    active = library.active() or known[0]
    raise EncoderMismatch(
        f"The library was indexed with {active.model}, not with {encoder.name}.",
        f"{again} indexes it with this one beside the other; or search with {active.model}.",
    )


def _facts(snapshot: Snapshot, rows: list[int], names: list[str]) -> list[dict[str, Any]]:
    found = snapshot.facts.select(names).take(pa.array(rows, pa.int64())).to_pylist()
    return [{**facts, "path": from_text(facts["path"])} for facts in found]


def _captions(snapshot: Snapshot) -> dict[str, str]:
    """Caption → the first path that has it."""
    columns = snapshot.facts["caption"].to_pylist(), snapshot.facts["path"].to_pylist()
    pairs = sorted((from_text(path), text) for text, path in zip(*columns, strict=True) if text)
    return {text: path for path, text in reversed(pairs)}


def _text_hits(
    texts: Sequence[tuple[str, str | None]], scores: Vector, limit: int
) -> list[TextHit]:
    order = sorted(range(len(texts)), key=lambda i: (-scores[i], texts[i][0]))[:limit]
    return [
        TextHit(rank, texts[i][0], float(scores[i]), texts[i][1])
        for rank, i in enumerate(order, start=1)
    ]
