"""Weights of 8 and 4 bits, computed with by bitsandbytes itself: here on the CPU, which it can do.

What they save and how fast they are is a GPU's matter, and not looked at.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch

from vladva.adapters import AdapterShape, create, save
from vladva.encoders import load_encoder, loading

pytest.importorskip("bitsandbytes", reason="no extra quantized: `make test-extras`")

NEAR = {8: 0.98, 4: 0.8}
"""Cosine with the vector of whole weights: rounding errors of towers as thin as these are large."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_check_quantizes", lambda *_: None)


def encoder(kind: str, **options: Any) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu", dtype="float32", **options)


@pytest.mark.filterwarnings("ignore:MatMul8bitLt. inputs will be cast")
@pytest.mark.parametrize("bits", NEAR)
@pytest.mark.parametrize("kind", [*tiny.LVLMS, "clip", "siglip2"])
def test_vectors_are_near_those_of_whole_weights(kind: str, bits: int) -> None:
    whole, fewer = encoder(kind), encoder(kind, quantize=bits)
    pictures = [whole.prepare(picture) for picture in tiny.PICTURES]
    for ours, theirs in (
        (fewer.encode(pictures), whole.encode(pictures)),
        (fewer.encode_texts(tiny.TEXTS), whole.encode_texts(tiny.TEXTS)),
    ):
        assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-4)
        near = (ours * theirs).sum(1)
        assert near.min() >= NEAR[bits]
        assert near.min() < 0.9999999
    assert fewer.fingerprint != whole.fingerprint


@pytest.mark.filterwarnings("ignore:MatMul8bitLt. inputs will be cast")
@pytest.mark.parametrize("bits", NEAR)
@pytest.mark.parametrize("kind", ["llava", "qwen2_vl"])
def test_an_adapter_of_whole_weights_fits_and_goes_off_for_captions(
    kind: str, bits: int, tmp_path: Path
) -> None:
    whole = encoder(kind)
    plain = whole.encode_texts(tiny.TEXTS)
    learned = create(whole.model, AdapterShape(rank=4, alpha=4))
    torch.manual_seed(1)
    for weight in learned.weights().values():
        weight.data += torch.randn_like(weight) * 0.6
    save(learned, tmp_path, {"base": whole.base})
    whole, fewer = (encoder(kind, adapter=tmp_path, quantize=to) for to in (None, bits))
    tuned, near = whole.encode_texts(tiny.TEXTS), fewer.encode_texts(tiny.TEXTS)
    assert (plain * tuned).sum(1).max() < 0.7 < NEAR[bits] < (tuned * near).sum(1).min()
    prepared = [fewer.prepare(picture) for picture in tiny.PICTURES]
    told = fewer.generator().caption(prepared, "short")
    assert told == encoder(kind, quantize=bits).generator().caption(prepared, "short")
