"""How high everyday questions reach, followed as a library grows."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fits import reached, snapshot, unit

from vladva.indexes.ranking.background import Background, kept_bank


def test_the_height_is_the_median_of_what_the_bank_reaches() -> None:
    bank, vectors = unit(5, seed=1), unit(40)
    background = Background(lambda: bank)
    assert background.height(snapshot(vectors)) == pytest.approx(reached(bank, vectors), abs=1e-6)


def test_a_library_without_rows_has_height_zero() -> None:
    bank = unit(5)
    assert Background(lambda: bank).height(snapshot(np.empty((0, 8)))) == 0.0


def test_two_rows_are_enough_for_a_height() -> None:
    bank, vectors = unit(5, seed=1), unit(2)
    found = Background(lambda: bank).height(snapshot(vectors))
    assert found == pytest.approx(float(np.median((bank @ vectors.T).mean(axis=1))), abs=1e-6)


def test_rows_that_are_added_are_the_only_ones_that_are_scored() -> None:
    bank, vectors = unit(5, seed=1), unit(60)
    background = Background(lambda: bank)
    background.height(snapshot(vectors[:40]))
    later = snapshot(vectors, version=2)
    asked: list[int] = []
    whole = later.vectors
    later.vectors = lambda at: (asked.extend(at.tolist()), whole(at))[1]  # type: ignore[method-assign]
    assert background.height(later) == pytest.approx(reached(bank, vectors), abs=1e-6)
    assert asked == list(range(40, 60))


def test_rows_that_went_count_no_more() -> None:
    bank, vectors = unit(5, seed=1), unit(60)
    background = Background(lambda: bank)
    background.height(snapshot(vectors))
    left = vectors[30:]
    assert background.height(snapshot(left, 2, 30)) == pytest.approx(reached(bank, left), abs=1e-6)


def test_the_bank_is_read_once_for_a_library(tmp_path: Path) -> None:
    calls: list[int] = []

    def read(texts: Any) -> Any:
        calls.append(len(texts))
        return unit(len(texts))

    encoder: Any = SimpleNamespace(fingerprint="f", dim=8, encode_texts=read)
    first = kept_bank(encoder, ("a", "b"), tmp_path / "new")
    again = kept_bank(encoder, ("a", "b"), tmp_path / "new")
    assert calls == [2]
    assert (first == again).all()
    kept_bank(encoder, ("a", "c"), tmp_path / "new")
    assert calls == [2, 2], "other texts are another bank"
    (file, _) = sorted((tmp_path / "new").glob("*.npy"))
    for damaged in sorted((tmp_path / "new").glob("*.npy")):
        damaged.write_bytes(b"half")
    assert (kept_bank(encoder, ("a", "b"), tmp_path / "new") == first).all()
    assert file.stat().st_size > 4, "what was damaged is written anew"


def test_a_bank_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    encoder: Any = SimpleNamespace(fingerprint="f", dim=8, encode_texts=lambda t: unit(len(t)))
    assert kept_bank(encoder, ("a",), tmp_path / "file").shape == (1, 8)
