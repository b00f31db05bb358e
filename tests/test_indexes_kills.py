"""Runs killed with -9 at seeded moments, and a disk that is full."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fakes import make_row, unit_vectors

from vladva.errors import LibraryError
from vladva.indexes.figures.killing import Kills, measure
from vladva.indexes.figures.swatch import Swatch
from vladva.indexes.lance import LanceStore


def test_a_library_survives_every_kill(tmp_path: Path) -> None:
    figure = measure(10, 0, tmp_path)
    assert figure["failures"] == []
    assert figure["killed"] == 10
    assert figure["in mid-run"] >= 7
    assert figure["rows"] >= 40


@pytest.mark.slow
def test_a_library_survives_two_hundred_kills(tmp_path: Path) -> None:
    figure = measure(200, 0, tmp_path)
    assert figure["failures"] == []
    assert figure["in mid-run"] >= 150
    assert {"at put", "at tidy", "at _widen", "at line"} <= figure.keys()


def test_the_look_after_a_kill_sees_lost_and_wrong_rows(tmp_path: Path) -> None:
    harness = Kills(tmp_path, 0)
    harness.finish()
    assert harness.failures == []
    store = LanceStore(tmp_path / "library", Swatch.fingerprint, Swatch.dim)
    ids = sorted(store._known_ids())
    (row,) = store.rows(ids[:1]).values()
    store.put([row], np.eye(Swatch.dim, dtype=np.float32)[:1])
    harness._look([row.path])
    assert harness.failures == [f"{row.path} has the row of another picture"]
    store.drop(ids[:1])
    harness.failures.clear()
    harness._look([row.path])
    assert harness.failures == [f"{row.path} was told and is lost"]


resource = pytest.importorskip("resource")


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file of this process may grow beyond `most` bytes: a write fails half-way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_half_way_changes_nothing_and_can_be_done_again(tmp_path: Path) -> None:
    dim, rng = 2048, np.random.default_rng(0)
    store = LanceStore(tmp_path, "f", dim)
    store.put([make_row(0)], unit_vectors(rng, 1, dim))
    rows, vectors = [make_row(n) for n in range(1, 65)], unit_vectors(rng, 64, dim)
    with small_files(100_000), pytest.raises(LibraryError, match="cannot be used"):
        store.put(rows, vectors)
    assert set(LanceStore(tmp_path, "f", dim).known()) == {make_row(0).path}
    store.put(rows, vectors)
    assert len(LanceStore(tmp_path, "f", dim).known()) == 65
