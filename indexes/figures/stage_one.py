"""How long a search takes over many rows, beside a scan of the same vectors by numpy alone.

    python -m vladva.indexes.figures.stage_one --rows 100000 --dim 1024

Rows without photos, random vectors; encoding a query apart. Turn by turn: numpy (product and the
best 20), a search with probabilities, cut-off and folding, and one behind a filter that keeps 1 %,
each time another one. One JSON object on stdout. Seconds depend on the machine; ratios hardly do.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vladva.errors import Unsupported
from vladva.indexes.asked import Asked
from vladva.indexes.figures.plain_row import plain_row
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.calibrate import keep_fit
from vladva.indexes.ranking.fit import Fit
from vladva.indexes.search import Searcher
from vladva.indexes.store import Row, Vector
from vladva.protocols import Prepare, Prepared, Vectors

BEST = 20
SHARES = 100
"""Folders: a filter on one of them keeps one row in as many."""
_ROWS_AT_ONCE = 10_000
FIT = Fit(
    presence=(-1.0, 4.0, 4.0, -2.0),
    row=(-2.0, -1.0, 6.0, 4.0),
    found=0.02,
    least=0.02,
    scale=10.0,
    bank=("a dog", "a street at night", "food on a table"),
)
"""Any weights do: what is measured is the work."""


@dataclass(frozen=True)
class Blind:
    """Prepares nothing."""

    version: str = "blind"

    def __call__(self, image: Image.Image) -> Prepared:
        """Not for pictures."""
        raise Unsupported(f"it sees no {image.mode} picture", "")


@dataclass
class Directions:
    """An encoder whose texts are random directions. It sees nothing."""

    dim: int
    name: str = "directions"
    fingerprint: str = "directions"
    on_cpu: bool = True
    prepare: Prepare = field(default_factory=Blind)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Not for pictures."""
        raise Unsupported(f"it sees none of {len(pictures)} pictures", "")

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """Not for pictures."""
        raise Unsupported(f"it sees none of {len(queries)} pictures", "")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """[n, dim], new ones each time."""
        return unit_rows(self.rng, len(texts), self.dim)


def unit_rows(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    """Random unit vectors [n, dim]."""
    rows = rng.standard_normal((n, dim), dtype=np.float32)
    made: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def fill(library: Library, encoder: Directions, count: int) -> Vectors:
    """Rows as if so many photos were indexed → their vectors."""
    rng = np.random.default_rng(0)
    store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
    vectors = np.empty((count, encoder.dim), np.float32)
    hashes = rng.integers(-(2**63), 2**63, count)
    for start in range(0, count, _ROWS_AT_ONCE):
        numbers = range(start, min(start + _ROWS_AT_ONCE, count))
        part = unit_rows(rng, len(numbers), encoder.dim)
        store.put([_row(library, n, int(hashes[n])) for n in numbers], part)
        vectors[start : numbers.stop] = part
    store.tidy()
    library.activate(encoder.name, encoder.fingerprint, encoder.dim)
    keep_fit(library, encoder.fingerprint, FIT)
    return vectors


def _row(library: Library, number: int, phash: int) -> Row:
    path = f"/photos/part{number % SHARES:02}/{number:07}.jpg"
    return plain_row(
        library.photo_id(path),
        path,
        mtime_ns=number,
        inode=number,
        content=f"{number:032x}",
        taken_at=f"{2000 + number % 24}-01-01T00:00:00",
        phash=phash,
    )


def measure(rows: int, dim: int, rounds: int) -> dict[str, Any]:
    """Medians of the rounds, in milliseconds, and their ratios."""
    with tempfile.TemporaryDirectory(prefix="vladva-stage-one-") as scratch:
        encoder = Directions(dim)
        with Library.open(Path(scratch, "library"), create=True) as library:
            vectors = fill(library, encoder, rows)
            searcher = Searcher(library, encoder)
            start = time.perf_counter()
            searcher.find(Asked(query=parse("first"), limit=BEST))
            first = time.perf_counter() - start
            took: dict[str, list[float]] = {"numpy": [], "search": [], "filtered": []}
            for number in range(rounds):
                took["numpy"].append(_scanned(vectors, encoder.encode_texts([""])[0]))
                took["search"].append(_search(searcher, "words"))
                took["filtered"].append(_search(searcher, f"words folder:part{number % SHARES:02}"))
    median = {name: statistics.median(each) for name, each in took.items()}
    return {
        "rows": rows,
        "dim": dim,
        **{f"{name}_p50_ms": round(ms, 2) for name, ms in median.items()},
        "search_ratio": round(median["search"] / median["numpy"], 2),
        "filtered_ratio": round(median["filtered"] / median["search"], 2),
        "first_s": round(first, 2),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "vector_bytes": vectors.nbytes,
    }


def scan(vectors: Vectors, query: Vector) -> list[int]:
    """The best rows by numpy alone."""
    scores = vectors @ query
    best = np.argpartition(scores, len(scores) - BEST)[-BEST:]
    return [int(row) for row in best[np.argsort(-scores[best])]]


def _search(searcher: Searcher, words: str) -> float:
    return searcher.find(Asked(query=parse(words), limit=BEST)).search_ms


def _scanned(vectors: Vectors, query: Vector) -> float:
    start = time.perf_counter()
    scan(vectors, query)
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    found = measure(options.rows, options.dim, options.rounds)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
