"""Vectors cut short: the same numbers, of unit length, under a name of their own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from vladva.encoders import load_encoder, matryoshka
from vladva.encoders.matryoshka import Shortened, shortened
from vladva.encoders.source import Source
from vladva.errors import ConfigError, ModelError
from vladva.presets import PRESETS

ALLOWED = replace(PRESETS["qwen3-vl-embedding-2b"], matryoshka=8)


@pytest.fixture(scope="module")
def whole() -> Any:
    return load_encoder(str(tiny.checkpoint("qwen3_vl")), device="cpu")


def test_a_cut_vector_is_the_beginning_of_the_whole_one_scaled_to_unit_length(whole: Any) -> None:
    cut = shortened(whole, 12, ALLOWED)
    pictures = [whole.prepare(picture) for picture in tiny.PICTURES]
    queries = [(pictures[0], "by day")]
    for short, long in (
        (cut.encode(pictures), whole.encode(pictures)),
        (cut.encode_texts(tiny.TEXTS), whole.encode_texts(tiny.TEXTS)),
        (cut.encode_joint(queries), whole.encode_joint(queries)),
    ):
        assert short.dtype == np.float32
        assert short.shape == (len(long), cut.dim) == (len(long), 12)
        expected = long[:, :12] / np.linalg.norm(long[:, :12], axis=1, keepdims=True)
        assert np.abs(short - expected).max() <= 1e-6
    assert cut.encode([]).shape == cut.encode_texts([]).shape == (0, 12)


def test_every_length_is_another_space_and_all_else_is_the_encoders_own(whole: Any) -> None:
    names = {shortened(whole, dim, ALLOWED).fingerprint for dim in (8, 12, 31, 32)}
    assert len(names) == 4
    assert shortened(whole, whole.dim, ALLOWED) is whole
    cut = shortened(whole, 12, ALLOWED)
    assert cut.fingerprint == shortened(whole, 12, ALLOWED).fingerprint
    assert len(cut.fingerprint) == len(whole.fingerprint)
    assert (cut.name, cut.on_cpu, cut.batch_size) == (whole.name, whole.on_cpu, whole.batch_size)
    assert cut.prepare is whole.prepare
    assert cut.base == whole.base
    assert not hasattr(cut, "no_such_thing")


@pytest.mark.parametrize("dim", [0, -1, 7, 33])
def test_a_length_that_was_not_trained_for_is_refused_with_those_that_are(
    whole: Any, dim: int
) -> None:
    with pytest.raises(ConfigError, match=f"cannot be cut to {dim}") as refused:
        shortened(whole, dim, ALLOWED)
    assert "any length from 8 to 32 is allowed" in refused.value.hint


@pytest.mark.parametrize("preset", [None, PRESETS["qwen2-vl-2b"]])
def test_a_model_that_was_not_trained_for_it_is_refused_and_able_ones_are_named(
    whole: Any, preset: Any
) -> None:
    with pytest.raises(ConfigError, match="not trained for that") as refused:
        shortened(whole, 16, preset)
    assert "qwen3-vl-embedding-2b" in refused.value.hint
    assert "qwen2-vl-2b" not in refused.value.hint.replace("qwen3-vl", "")


def test_the_registry_cuts_where_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tiny.checkpoint("clip"))
    with pytest.raises(ConfigError, match="not trained for that"):
        load_encoder(folder, device="cpu", dim=12)
    assert load_encoder(folder, device="cpu", dim=24).dim == 24

    def free(encoder: Any, dim: int, _preset: object) -> Shortened:
        return Shortened(encoder, dim)

    monkeypatch.setattr(matryoshka, "shortened", free)
    assert load_encoder(folder, device="cpu", dim=12).encode_texts(["a dog"]).shape == (1, 12)


def test_a_preset_refuses_a_length_before_its_weights_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "qwen3_vl"}')
    source = Source("q", tmp_path, PRESETS["qwen3-vl-embedding-2b"])
    monkeypatch.setattr("vladva.encoders.find", lambda *_: source)
    with pytest.raises(ConfigError, match="cannot be cut to 63") as refused:
        load_encoder("q", device="cpu", dim=63)
    assert "any length from 64 to 2048 is allowed" in refused.value.hint
    with pytest.raises(ModelError):
        load_encoder("q", device="cpu", dim=64)


def test_only_the_models_that_say_so_can_be_cut() -> None:
    able = {name: preset.matryoshka for name, preset in PRESETS.items() if preset.matryoshka}
    assert able == {"qwen3-vl-embedding-2b": 64, "qwen3-vl-embedding-8b": 64}
    assert all(least < PRESETS[name].dim for name, least in able.items())
