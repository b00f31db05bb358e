"""Stage two: the first hits are looked at, constraint by constraint, and put in a new order.

What fails a constraint falls under "almost"; what was not looked at keeps its place behind. Refuses
to know which model looks, and how it was loaded.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from vladva.indexes.asked import Sort
from vladva.indexes.hits import Found, Hit
from vladva.indexes.query.constraints import Constraint
from vladva.indexes.ranking.calibrate import level
from vladva.indexes.ranking.fuse import Fusion, fused
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.indexes.ranking.verify import Candidate, Verdict, verify
from vladva.protocols import Generator, Prepare


@dataclass(frozen=True)
class Verifier:
    """A generative model that may be trusted with yes/no questions."""

    generator: Generator
    prepare: Prepare
    fingerprint: str
    weights: Fusion


class SecondStage:
    """Checks hits with one verifier; every answer is kept in the library, so asked only once."""

    def __init__(self, verdicts: Verdicts, verifier: Verifier) -> None:
        self._verdicts = verdicts
        self._verifier = verifier
        self._weights = verifier.weights

    def check(
        self,
        found: Found,
        asked: list[Constraint],
        count: int,
        stop: threading.Event,
        sort: Sort = "relevance",
    ) -> Found:
        """The same page with its first `count` hits checked, as far as it came until `stop`.

        Sorted by date, what passes keeps its order.
        """
        if not asked or not found.hits or count <= 0:
            return found
        start = time.perf_counter()
        first, rest = found.hits[:count], found.hits[count:]
        seen = dict(self._seen(first, asked, stop))
        sure = {hit.id: fused(hit.prior, seen.get(hit.id, []), self._weights) for hit in first}
        checked = [_with(hit, seen.get(hit.id, []), sure[hit.id]) for hit in first]
        passed = [hit for hit in checked if not _failed(hit)]
        failed = [hit for hit in checked if _failed(hit)]
        if sort == "relevance":  # looked at before not looked at; then the likelier
            passed.sort(key=lambda hit: (not hit.why, -sure[hit.id], hit.rank))
        failed.sort(key=lambda hit: (-sure[hit.id], hit.rank))
        return replace(
            found,
            hits=_ranked([*passed, *rest], found.hits[0].rank),
            almost=_ranked([*failed, *found.almost], 1),
            verify_ms=(time.perf_counter() - start) * 1e3,
        )

    def _seen(
        self, hits: Iterable[Hit], asked: list[Constraint], stop: threading.Event
    ) -> Iterable[tuple[str, list[Verdict]]]:
        one = self._verifier
        return verify(
            [Candidate(hit.id, hit.path, hit.content) for hit in hits],
            asked,
            one.generator,
            one.prepare,
            self._verdicts,
            fingerprint=one.fingerprint,
            stop=stop,
        )


def _with(hit: Hit, why: list[Verdict], sure: float) -> Hit:
    """`sure` is shown where it is a probability: where stage one had one to begin with."""
    if not why or hit.probability is None:
        return replace(hit, why=tuple(why))
    return replace(hit, why=tuple(why), probability=sure, level=level(sure))


def _failed(hit: Hit) -> bool:
    return any(verdict.verdict == "no" for verdict in hit.why)


def _ranked(hits: Iterable[Hit], first: int) -> list[Hit]:
    return [replace(hit, rank=rank) for rank, hit in enumerate(hits, first)]
