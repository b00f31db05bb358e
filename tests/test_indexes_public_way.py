"""The figure beside public embedders is of what it says, at sizes that are quick to measure."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vladva.encoders import load_encoder
from vladva.indexes.figures import families, public_way
from vladva.indexes.figures.public_way import FAMILIES, PublicWay, made_pictures


@pytest.fixture(autouse=True)
def few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small vocabulary: what it costs is for the figure to say."""
    monkeypatch.setattr(families, "VOCABULARIES", dict.fromkeys(FAMILIES, 2000))


def both(kind: str, folder: Path) -> tuple[Any, PublicWay]:
    place = str(families.make(kind, folder / kind, width=128, layers=2))
    ours = load_encoder(place, device="cpu", dtype="float32", batch_size=8, adapter=None)
    return ours, PublicWay(kind, Path(place), ours)


def test_every_family_has_its_true_vocabulary_and_its_generation_class() -> None:
    assert set(families.WHOLE) == set(FAMILIES) == set(families.VOCABULARIES)


@pytest.mark.parametrize("kind", FAMILIES)
def test_both_ways_give_the_same_vectors_and_only_one_asks_for_words(
    kind: str, tmp_path: Path
) -> None:
    ours, public = both(kind, tmp_path)
    heads = [ours.model.backbone.head, public.model.lm_head]
    said: list[Any] = []
    for head in heads:
        head.register_forward_hook(lambda _module, _given, logits: said.append(logits))
    pictures = made_pictures(ours.prepare, 5)
    vectors = ours.encode(pictures)
    assert said == []
    expected = public(pictures)
    assert np.abs(vectors - expected).max() <= 1e-5
    assert np.abs(np.diff(vectors, axis=0)).max(1).min() > 1e-2
    assert np.abs(public([pictures[1]]) - vectors[1]).max() <= 1e-5
    (logits, _) = said
    tokens = public.inputs(pictures)["input_ids"].shape
    assert logits.shape == (*tokens, 2000)


def test_the_heads_share_is_counted(tmp_path: Path) -> None:
    ours, public = both("llava", tmp_path)
    share = public.head_share(made_pictures(ours.prepare, 1))
    tokens, patches = 80, 64
    words = tokens * 128 * 2000
    language = tokens * 2 * (4 * 128 * 128 + 3 * 128 * 512)
    vision = patches * (4 * 12 * 256 * 256 + 3 * 14 * 14 * 256)
    assert share == pytest.approx(words / (words + language + vision), rel=0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured on Linux")
def test_a_row_has_both_sides_of_every_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(families.VOCABULARIES, "qwen2_vl", 60_000)
    row = public_way.measure("qwen2_vl", width=128, layers=1, batch=4, rounds=1)
    assert row["differ_by"] <= 1e-5
    assert row["over_public"] == pytest.approx(row["ours_per_s"] / row["public_per_s"], rel=0.02)
    assert row["over_single"] == pytest.approx(row["ours_per_s"] / row["single_per_s"], rel=0.02)
    assert row["time_saved"] == pytest.approx(1 - 1 / row["over_public"], abs=2e-3)
    assert 0 < row["head_share"] < 1
    assert 0 < row["ours_peak_bytes"] < row["public_peak_bytes"]
