"""Scores → probabilities: closed forms, what must not move them, and what they are worth."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from vladva.errors import ConfigError
from vladva.indexes.library import Library
from vladva.indexes.ranking.background import Background, kept_bank
from vladva.indexes.ranking.calibrate import (
    FILE,
    Calibrator,
    keep_fit,
    kept_fit,
    level,
    packaged_fit,
    read_fit,
)
from vladva.indexes.ranking.fit import Fit, present, probabilities, shape_of
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.trust import Trust, packaged_trust
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


# ---- the formula


def test_the_shape_of_known_scores_is_what_one_reckons_by_hand() -> None:
    shape = shape_of(np.array([0.1, 0.9, 0.5, 0.7], np.float32))  # mean 0.55, below: -0.45, -0.05
    assert shape.top == pytest.approx(0.9)
    assert shape.gap == pytest.approx(0.9 - (0.9 + 0.7 + 0.5) / 3)
    assert shape.spread == pytest.approx(np.sqrt(2 * (0.45**2 + 0.05**2) / 4))


def test_the_spread_of_normal_noise_is_its_standard_deviation() -> None:
    assert shape_of(NOISE).spread == pytest.approx(0.1, rel=0.05)


def test_a_probability_is_presence_times_the_row_in_closed_form() -> None:
    scores = np.array([0.4, -0.2], np.float32)
    shape = shape_of(scores)
    there = 1 / (1 + np.exp(-(-5 + 20 * 0.4 - 3 * shape.gap - 4 * 0.5)))
    first = 1 / (1 + np.exp(-(-6 - 2 * shape.spread + 5 * 0.4 + 9 * 0.16)))
    second = 1 / (1 + np.exp(-(-6 - 2 * shape.spread - 5 * 0.2)))
    assert present(FIT, shape, 0.5) == pytest.approx(there, rel=1e-5)
    found = probabilities(FIT, scores, 0.5)
    assert found == pytest.approx([there * first, there * second], rel=1e-5)
    assert found.dtype == np.float32


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50), st.floats(0, 1))
def test_any_scores_give_probabilities_that_keep_the_order(
    values: list[float], height: float
) -> None:
    scores = np.array(values, np.float32)
    found = probabilities(FIT, scores, height)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[np.argsort(scores, kind="stable")]) >= 0).all()


def test_a_higher_score_is_strictly_more_probable() -> None:
    found = probabilities(FIT, np.linspace(-1, 1, 200, dtype=np.float32), 0.3)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize(
    "values", [[0.3], [0.3, 0.1], [0.2] * 500, [0.0, 0.0], [-1.0], [1.0, -1.0]]
)
def test_tiny_and_flat_libraries_have_probabilities_too(values: list[float]) -> None:
    found = probabilities(FIT, np.array(values, np.float32), 0.3)
    assert np.isfinite(found).all()
    assert len(set(found.tolist())) == len(set(values))


def test_no_rows_have_no_probabilities() -> None:
    assert probabilities(FIT, np.empty(0, np.float32), 0.0).shape == (0,)


def test_the_order_of_the_rows_is_no_matter() -> None:
    scores = NOISE.copy()
    scores[7] = 0.7
    turn = np.random.default_rng(2).permutation(len(scores))
    there = probabilities(FIT, scores, 0.4)
    assert probabilities(FIT, scores[turn], 0.4) == pytest.approx(there[turn], rel=1e-4)


def test_thirty_matches_leave_the_others_as_probable_as_one_match_does() -> None:
    one, thirty = NOISE.copy(), NOISE.copy()
    one[:3] = 0.7
    thirty[:30] = 0.7
    few, many = probabilities(FIT, one, 0.4), probabilities(FIT, thirty, 0.4)
    assert many[0] == pytest.approx(few[0], rel=0.05)
    assert many[30:] == pytest.approx(few[30:], rel=0.05)


def test_the_same_best_score_says_less_where_everyday_questions_reach_higher() -> None:
    shape = shape_of(np.array([0.5, 0.1, 0.0, 0.0], np.float32))
    assert present(FIT, shape, 0.7) < present(FIT, shape, 0.4)


# ---- JSON


def test_a_fit_survives_json() -> None:
    assert Fit.from_json(json.loads(json.dumps(FIT.to_json()))) == FIT


@pytest.mark.parametrize(
    "change",
    [
        {"row": [1, 1, -1, 1]},
        {"row": [1, 2, 3]},
        {"presence": None},
        {"found": float("nan")},
        {"bank": []},
        {"bank": [1]},
        {"scale": "x"},
    ],
)
def test_anything_else_is_refused_as_a_fit(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no weights"):
        Fit.from_json({**FIT.to_json(), **change})


def test_a_fit_without_a_part_is_refused() -> None:
    told = FIT.to_json()
    del told["least"]
    with pytest.raises(ConfigError, match="no weights"):
        Fit.from_json(told)


# ---- the background


def reached(bank: Any, vectors: Any) -> float:
    scores = np.sort(vectors @ bank.T, axis=0)[-3:]
    return float(np.median(scores.mean(axis=0)))


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


# ---- the calibrator


def fake(folder: Path | None = None, fingerprint: str = "f", **more: Any) -> Any:
    return SimpleNamespace(
        fingerprint=fingerprint, dim=8, folder=folder, encode_texts=lambda t: unit(len(t)), **more
    )


def packaged(folder: Path, fingerprint: str) -> None:
    told = {"fingerprint": fingerprint, "calibration": FIT.to_json(), "fusion": {}}
    (folder / FILE).write_text(json.dumps(told))


def test_without_a_fit_there_is_no_probability_and_no_cut_off(library: Library) -> None:
    calibrator = Calibrator.of(library, fake())
    vectors = unit(10)
    assert calibrator.probabilities(snapshot(vectors), vectors[:, 0]) is None
    assert calibrator.labels(np.array([0.1, 0.2], np.float32)) is None
    assert calibrator.cut(np.zeros(3, np.float32)).all()


def test_the_fit_beside_the_weights_is_used_for_its_own_encoder_only(tmp_path: Path) -> None:
    packaged(tmp_path, "f")
    assert packaged_fit(fake(tmp_path)) == FIT
    assert packaged_fit(fake(tmp_path, "other")) is None
    assert packaged_fit(fake(tmp_path / "nowhere")) is None
    assert packaged_fit(fake(None)) is None


DAMAGED: list[Any] = [
    "{", "[1]", "[" * 100_000, b"\xff",
    *({"calibration": wrong} for wrong in (
        None, 5, [1], "x", {}, {**FIT.to_json(), "found": "0.5"}, {**FIT.to_json(), "least": True},
        {**FIT.to_json(), "presence": [10**400, 1, 1, 1]},
    )),
]  # fmt: skip


@pytest.mark.parametrize("told", DAMAGED, ids=lambda told: str(told)[:40])
def test_a_search_goes_on_without_a_damaged_fit_and_who_names_the_file_is_told(
    told: Any, tmp_path: Path, library: Library
) -> None:
    if isinstance(told, dict):
        told = json.dumps({"fingerprint": "f", **told})
    (tmp_path / FILE).write_bytes(told if isinstance(told, bytes) else told.encode())
    assert packaged_fit(fake(tmp_path)) is None
    assert Calibrator.of(library, fake(tmp_path)).fit is None
    keep_fit(library, "f", FIT)
    assert Calibrator.of(library, fake(tmp_path)).fit == FIT, "the library's own takes its place"
    with pytest.raises(ConfigError) as caught:
        read_fit(tmp_path / FILE, fake())
    assert "fit_search" in caught.value.hint


@pytest.mark.parametrize("told", [5, [1], {"bank": []}])
def test_a_damaged_fit_of_the_library_is_none(told: Any, library: Library) -> None:
    library.set("calibration f", told)
    assert kept_fit(library, "f") is None


DAMAGED_TRUST: list[Any] = [
    {"fusion": [1]}, {"fusion": None}, {"fusion": {}}, {"accuracy": "x"}, {"accuracy": None},
    {"accuracy": float("nan")}, {"accuracy": 2},
]  # fmt: skip


@pytest.mark.parametrize("wrong", DAMAGED_TRUST, ids=str)
def test_damaged_weights_of_stage_two_are_as_if_nothing_was_measured(
    wrong: dict[str, Any], tmp_path: Path
) -> None:
    told = {"fingerprint": "f", "fusion": Fusion().to_json(), "accuracy": 0.9}
    (tmp_path / FILE).write_text(json.dumps(told))
    assert packaged_trust(fake(tmp_path)) == Trust(Fusion(), 0.9)
    (tmp_path / FILE).write_text(json.dumps({**told, **wrong}))
    assert packaged_trust(fake(tmp_path)) is None
    (tmp_path / FILE).write_text("{")
    assert packaged_trust(fake(tmp_path)) is None


def test_the_librarys_own_fit_is_kept_by_encoder(library: Library) -> None:
    keep_fit(library, "f", FIT)
    assert kept_fit(library, "f") == FIT
    assert kept_fit(library, "other") is None
    assert Calibrator.of(library, fake()).fit == FIT
    keep_fit(library, "f", None)
    assert Calibrator.of(library, fake()).fit is None


def test_the_probabilities_are_those_of_the_fit_at_the_librarys_height(library: Library) -> None:
    keep_fit(library, "f", FIT)
    vectors = unit(50, seed=3)
    scores = vectors @ unit(1, seed=4)[0]
    found = Calibrator.of(library, fake()).probabilities(snapshot(vectors), scores)
    assert found == pytest.approx(probabilities(FIT, scores, reached(unit(2), vectors)), rel=1e-5)


def test_rows_are_matches_from_the_threshold_on_if_anything_is_found() -> None:
    calibrator = Calibrator(FIT, None, None)
    found = calibrator.cut(np.array([0.31, 0.11, 0.09], np.float32))
    assert found.tolist() == [True, True, False]
    assert not calibrator.cut(np.array([0.29, 0.2], np.float32)).any(), "nothing is found"
    assert calibrator.cut(np.empty(0, np.float32)).shape == (0,)


@pytest.mark.parametrize(
    ("p", "word"), [(0.8, "strong"), (0.79, "likely"), (0.5, "likely"), (0.49, "weak"), (0, "weak")]
)
def test_levels_are_words_for_probabilities(p: float, word: str) -> None:
    assert level(p) == word


def test_labels_share_one_among_them_by_softmax(library: Library) -> None:
    keep_fit(library, "f", FIT)
    found = Calibrator.of(library, fake()).labels(np.array([0.3, 0.3, 0.2], np.float32))
    assert found is not None
    assert found == pytest.approx(np.array([1, 1, np.exp(-2)]) / (2 + np.exp(-2)), rel=1e-5)


def test_a_temperature_that_the_encoder_has_learned_comes_first(library: Library) -> None:
    keep_fit(library, "f", FIT)
    learned = SimpleNamespace(logit_scale=nn.Parameter(torch.tensor(100.0).log()))
    found = Calibrator.of(library, fake(model=learned)).labels(np.array([0.02, 0.01], np.float32))
    assert found is not None
    assert found[0] == pytest.approx(np.e / (1 + np.e), rel=1e-4)


def test_no_labels_have_no_probabilities() -> None:
    found = Calibrator(None, None, 10.0).labels(np.empty(0, np.float32))
    assert found is not None
    assert found.shape == (0,)
