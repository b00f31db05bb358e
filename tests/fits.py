"""A fit, noise and snapshots for tests of what a score is worth."""

from typing import Any

import numpy as np
import pyarrow as pa

from vladva.indexes.ranking.fit import Fit
from vladva.indexes.snapshot import Snapshot

FIT = Fit(
    presence=(-5.0, 20.0, -3.0, -4.0),
    row=(-6.0, -2.0, 5.0, 9.0),
    found=0.3,
    least=0.1,
    scale=20.0,
    bank=("a dog", "a cat"),
)


NOISE = np.random.default_rng(1).normal(0, 0.1, 2000).astype(np.float32)


def snapshot(vectors: Any, version: int = 1, first: int = 0) -> Snapshot:
    held = np.asarray(vectors, np.float32)
    count = len(held)
    facts = pa.table(
        {
            "id": [str(i) for i in range(count)],
            "seq": pa.array(np.arange(1 + first, count + 1 + first)),
        }
    )
    return Snapshot(version, facts, [held], np.arange(count))


def unit(rows: int, dim: int = 8, seed: int = 0) -> Any:
    vectors = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def reached(bank: Any, vectors: Any) -> float:
    scores = np.sort(vectors @ bank.T, axis=0)[-3:]
    return float(np.median(scores.mean(axis=0)))
