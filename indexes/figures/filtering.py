"""How long filters and literal texts take over many rows, beside a plain scan of their vectors.

    python -m vladva.indexes.figures.filtering [--rows 100000] [--dim 256]

Each is asked many times with another value, so that nothing is remembered. Median milliseconds.
Refuses to know how photos are ranked.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vladva.indexes.figures.plain_row import plain_row
from vladva.indexes.lance import LanceStore
from vladva.indexes.query.filters import where
from vladva.indexes.query.masks import Masks
from vladva.indexes.query.parse import parse
from vladva.indexes.store import Row

_TIMES = 15
_ONE_PERCENT: dict[str, Callable[[int], str]] = {
    "a folder": lambda i: f'folder:"trip {i}/"',
    "a camera": lambda i: f'camera:"model {i}"',
    "dates": lambda i: f"after:{2000 + i}-03 before:{2000 + i}-06",
    "a keyword": lambda i: f"keyword:word{i}",
    "a text": lambda i: f'"word{i}"',
}
"""Queries of which each keeps one row of a hundred, for i from 0 to 24."""


def rows(count: int) -> list[Row]:
    """Photos of 25 years in folders of 100 trips, by 100 cameras, with 100 keywords."""
    rng = random.Random(0)
    return [
        plain_row(
            f"{i:024x}",
            f"/home/me/photos/{2000 + i % 25}/trip {i % 100}/IMG_{i:06}.jpg",
            inode=i,
            width=4000,
            height=3000,
            taken_at=f"{2000 + i % 25}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T10:00:00",
            camera=f"Maker model {i % 100}x",
            caption=f"something about number {i} that is long enough",
            caption_source="xmp",
            rating=i % 6,
            keywords=f"word{i % 100}\nphoto{i}",
        )
        for i in range(count)
    ]


def median_ms(ask: Callable[[int], object]) -> float:
    """The median of some calls, each with another number."""
    taken = []
    for i in range(_TIMES):
        start = time.perf_counter()
        ask(i)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken)) * 1e3


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(prog="filtering")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=256)
    options = parser.parse_args(arguments)
    vectors = np.random.default_rng(0).normal(size=(options.rows, options.dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tables").mkdir()
        store = LanceStore(Path(folder), "filtering", options.dim)
        store.put(rows(options.rows), vectors)
        start = time.perf_counter()
        store.tidy()
        say(f"full-text index of {options.rows:,} rows: {time.perf_counter() - start:.1f} s\n")
        scan = median_ms(lambda i: vectors @ vectors[i])
        say(f"numpy scan [{options.rows:,} × {options.dim}]: {scan:.2f} ms\n")
        say(f"{'keeps 1 %':12}{'rows':>8}{'database':>12}{'in memory':>12}{'of a scan':>12}\n")
        masks = Masks(store.facts(), store.select)
        for name, typed in _ONE_PERCENT.items():
            queries = [parse(typed(i)) for i in range(_TIMES + 1)]
            kept = masks(queries[-1].filters, queries[-1].literal)  # its columns are read once
            slow = median_ms(lambda i: store.select(where(queries[i].filters), queries[i].literal))  # noqa: B023
            fast = median_ms(lambda i: masks(queries[i].filters, queries[i].literal))  # noqa: B023
            count = 0 if kept is None else int(kept.sum())
            say(f"{name:12}{count:8,}{slow:9.2f} ms{fast:9.2f} ms{fast / scan:11.2f}×\n")


if __name__ == "__main__":
    main()
