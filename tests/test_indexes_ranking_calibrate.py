"""Which fit a search uses, what it says, and that a damaged one stops nobody."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from fits import FIT, reached, snapshot, unit
from torch import nn

from vladva.errors import ConfigError
from vladva.indexes.library import Library
from vladva.indexes.ranking.calibrate import (
    FILE,
    Calibrator,
    keep_fit,
    kept_fit,
    level,
    packaged_fit,
    read_fit,
)
from vladva.indexes.ranking.fit import probabilities
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.trust import Trust, packaged_trust


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
