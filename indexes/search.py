"""A question → the photos that fit best. Stage one.

Exact and in a stable order, over every row of the encoder's table: the score of all rows first,
then what is probable, then filters, so that no filter changes what a photo is worth. Refuses to
know how a query was typed, and how results are shown.
"""

import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from vladva.errors import EncoderMismatch, ImageError, LibraryError
from vladva.images import open_image
from vladva.indexes.aims import FORBID_WEIGHT, Aims, aims, unit
from vladva.indexes.asked import Asked
from vladva.indexes.current_fit import CurrentFit
from vladva.indexes.hits import Found, Hit, Photo, TextHit
from vladva.indexes.judged import Judged
from vladva.indexes.lance import LanceStore, table_exists
from vladva.indexes.library import Library
from vladva.indexes.matching import Matcher
from vladva.indexes.paths import from_text
from vladva.indexes.query.masks import Masks
from vladva.indexes.query.query import Query
from vladva.indexes.ranking.calibrate import Calibrator, level
from vladva.indexes.ranking.fold import Groups
from vladva.indexes.ranking.rank import Best, Mask, Place, Rows, count, page
from vladva.indexes.resident import Resident
from vladva.indexes.snapshot import Snapshot
from vladva.indexes.store import Vector
from vladva.protocols import Encoder

_SHOWN = [
    *("id", "path", "content", "caption", "caption_source"),
    *("taken_at", "camera", "lat", "lon", "width", "height"),
]
NEAR_MISSES = 12
"""How many of those that missed the cut-off are shown."""
DATED = 200
"""How many of the best are put in the order of their dates, where no cut-off is known."""


class Searcher:
    """Answers questions from one library by one encoder; sees what others index meanwhile.

    Threads may share it. Raises `EncoderMismatch` where the library has no table of this encoder.
    """

    def __init__(self, library: Library, encoder: Encoder) -> None:
        _check(library, encoder)
        self._encoder = encoder
        self._store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
        self._resident = Resident(self._store, library.folder / "resident")
        self._fit = CurrentFit(library, encoder)
        self._groups = Groups()
        self._masks: tuple[Snapshot | None, Masks | None] = None, None
        self._matcher = Matcher(encoder, self._fit)

    @property
    def encoder(self) -> Encoder:
        """What made the vectors, and reads the questions."""
        return self._encoder

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

    def find(self, asked: Asked) -> Found:
        """The photos that a question asks for, best first.

        A question without a meaning, of filters alone, gives the newest first. Raises
        `LibraryError` where a photo that it names is not in the library any more.
        """
        start = time.perf_counter()
        snapshot = self._resident.snapshot()
        places = [_place(snapshot, photo_id) for photo_id in asked.like]
        aimed = self._aims(asked, snapshot, places)
        encoded = time.perf_counter()
        calibrator = self._fit()
        judged = self._judged(snapshot, aimed, calibrator)
        groups = self._groups.of(snapshot) if asked.fold else None
        may, wanted = self._wanted(asked, judged, places, calibrator)
        best = _order(asked, judged)
        hits = page(best, wanted, groups, asked.offset, asked.limit)
        missed = may & ~wanted
        near = [] if asked.offset or not missed.any() else _misses(judged, missed, groups)
        return Found(
            hits=_hits(judged, hits, asked.offset),
            almost=_hits(judged, near, 0),
            searched=len(snapshot),
            total=count(wanted, groups),
            encode_ms=(encoded - start) * 1e3,
            search_ms=(time.perf_counter() - encoded) * 1e3,
        )

    def by_text(self, text: str, limit: int, offset: int = 0) -> Found:
        """Words for their meaning alone, without grammar, cut-off and folding: what figures ask."""
        query = Query(text=text, positive=text, forbid=(), literal=(), filters=())
        return self.find(
            Asked(query=query, limit=limit, offset=offset, everything=True, fold=False)
        )

    def match(self, picture: Image.Image, texts: Sequence[str] | None, limit: int) -> list[TextHit]:
        """The texts that fit a picture best: the given ones, or (None) the library's captions."""
        if texts is None:
            return self._matcher.captions(picture, self._resident.snapshot(), limit)
        return self._matcher.among(picture, texts, limit)

    # ---- inside

    def _aims(self, asked: Asked, snapshot: Snapshot, places: Sequence[int]) -> Aims:
        held = snapshot.vectors(np.array(places, np.int64))
        opened = _opened(snapshot, places) if asked.meaning else []
        return aims(self._encoder, asked, held, opened)

    def _judged(self, snapshot: Snapshot, aimed: Aims, calibrator: Calibrator) -> Judged:
        near, forbids = aimed.near, len(aimed.far) > 0
        nothing = np.zeros(len(snapshot), np.float32)
        scores = nothing if near is None else snapshot.scores(near)
        probable = _probable(calibrator, snapshot, scores, aimed)
        if forbids and probable is None:  # the next best thing: away from what is forbidden
            away = aimed.far.sum(axis=0) * np.float32(FORBID_WEIGHT)
            near = unit(-away if near is None else near - away)
            scores = snapshot.scores(near)
        return Judged(snapshot, scores, probable, near, forbids)

    def _wanted(
        self, asked: Asked, judged: Judged, places: Sequence[int], calibrator: Calibrator
    ) -> tuple[Mask, Mask]:
        """Rows that filters and literal words leave; and those of them that are matches."""
        may = self._filtered(judged.snapshot, asked.query)
        left_out = (judged.snapshot.find(photo_id) for photo_id in asked.without)
        may[[*places, *(at for at in left_out if at is not None)]] = False
        if judged.nothing:
            return may, may
        if judged.probable is not None and judged.near is not None and not asked.everything:
            return may, may & calibrator.cut(judged.probable)
        if asked.sort == "date":
            return may, _only(judged.best(DATED, may), may)
        return may, may

    def _filtered(self, snapshot: Snapshot, query: Query | None) -> Mask:
        """A mask of one's own, to be changed."""
        of, masks = self._masks
        if masks is None or of is not snapshot:
            masks = Masks(snapshot.facts, self._store.select)
            self._masks = snapshot, masks
        asked = None if query is None else masks(query.filters, query.literal)
        return np.ones(len(snapshot), dtype=np.bool_) if asked is None else asked.copy()


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


def _probable(
    calibrator: Calibrator, snapshot: Snapshot, scores: Vector, aimed: Aims
) -> Vector | None:
    if not aimed.plain or (aimed.near is None and not len(aimed.far)) or not len(snapshot):
        return None
    known = calibrator.probabilities
    ones = np.ones(len(snapshot), np.float32)
    likely = ones if aimed.near is None else known(snapshot, scores)
    for direction in aimed.far:
        there = None if likely is None else known(snapshot, snapshot.scores(direction))
        likely = None if likely is None or there is None else likely * (1 - there)
    return likely


def _order(asked: Asked, judged: Judged) -> Best:
    return judged.dated if asked.sort == "date" or judged.nothing else judged.best


def _place(snapshot: Snapshot, photo_id: str) -> int:
    at = snapshot.find(photo_id)
    if at is None:
        raise LibraryError(
            "This photo is not in the library any more.", "Search again, or index its folder."
        )
    return at


def _opened(snapshot: Snapshot, places: Sequence[int]) -> list[Image.Image]:
    """The photos in these rows, as far as they can be opened."""
    opened: list[Image.Image] = []
    for facts in _facts(snapshot, places, ["path"]):
        try:
            opened.append(open_image(facts["path"]))
        except (ImageError, OSError):
            continue
    return opened


def _only(ranked: Sequence[tuple[int, float]], among: Mask) -> Mask:
    kept = np.zeros_like(among)
    kept[[row for row, _ in ranked]] = True
    return kept


def _misses(judged: Judged, missed: Mask, groups: Rows | None) -> list[Place]:
    return page(judged.best, missed, groups, 0, NEAR_MISSES)


def _hits(judged: Judged, places: Sequence[Place], offset: int) -> list[Hit]:
    facts = _facts(judged.snapshot, [place.row for place in places], _SHOWN)
    priors = judged.priors([place.row for place in places])
    hits = []
    for rank, (place, fact, prior) in enumerate(
        zip(places, facts, priors, strict=True), offset + 1
    ):
        likely = None if judged.probable is None else float(judged.probable[place.row])
        below = _facts(judged.snapshot, place.alike, ["id", "path"]) if place.alike else []
        hits.append(
            Hit(
                rank=rank,
                score=place.score,
                prior=prior,
                probability=likely,
                level=None if likely is None else level(likely),
                alike=tuple(one["path"] for one in below),
                alike_ids=tuple(one["id"] for one in below),
                **fact,
            )
        )
    return hits


def _facts(snapshot: Snapshot, rows: Sequence[int], names: list[str]) -> list[dict[str, Any]]:
    found = snapshot.facts.select(names).take(pa.array(rows, pa.int64())).to_pylist()
    return [{**facts, "path": from_text(facts["path"])} for facts in found]
