"""Adapters: start as the base, learn, survive a round trip, and go off without a trace."""

import json
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from safetensors.torch import load_file, save_file

from vladva.adapters import FACTS, WEIGHTS, Adapter, AdapterShape, attach, create, save
from vladva.encoders import load_encoder
from vladva.errors import ModelError
from vladva.model import VladVA

TEXTS = ["a dog", "a red car left of a house"]


def base(kind: str = "mini") -> VladVA:
    model: VladVA = load_encoder(str(tiny.checkpoint(kind)), adapter=None).model  # type: ignore[attr-defined]
    return model


def vectors(model: VladVA) -> torch.Tensor:
    with torch.inference_mode():
        return model.text_side(TEXTS)


def disturbed(model: VladVA) -> Adapter:
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in (*adapter.prompts().values(), *adapter.lora().values()):
            value.add_(torch.randn(value.shape, generator=generator) * 0.3)
    return adapter


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_a_fresh_adapter_changes_nothing_and_sits_on_every_linear_layer(kind: str) -> None:
    model = base(kind)
    before = vectors(model)
    linear = [m for m in model.language_model.modules() if isinstance(m, torch.nn.Linear)]
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    assert torch.equal(vectors(model), before)
    assert len(list(adapter.lora_layers())) == len(linear)
    trained = {id(p) for p in (*adapter.prompts().values(), *adapter.lora().values())}
    asking = {id(p) for p in model.language_model.parameters() if p.requires_grad}
    assert asking == trained - {id(p) for p in adapter.prompts().values()}


def test_soft_prompts_stand_where_the_written_prompt_stood() -> None:
    model = base()
    before = vectors(model)
    adapter = create(model, AdapterShape(rank=0))
    assert adapter.lora() == {}
    assert adapter.text_prompt is not None
    assert torch.equal(adapter.text_prompt, model.prompt_embeddings("text").float())
    with torch.no_grad():
        adapter.text_prompt.add_(1.0)
    assert not torch.allclose(vectors(model), before, atol=1e-3)


def test_off_gives_the_base_model_back_exactly() -> None:
    model = base()
    picture = model.backbone.look  # the tower is not the adapter's business
    rows = [model.writer.turn(picture=False, text=text) for text in TEXTS]
    with torch.inference_mode():
        before = model.run(model.embed(rows, None, None)).last_hidden_state
        adapter = disturbed(model)
        tuned = model.run(model.embed(rows, None, None)).last_hidden_state
        with adapter.off():
            off = model.run(model.embed(rows, None, None)).last_hidden_state
        again = model.run(model.embed(rows, None, None)).last_hidden_state
    assert torch.equal(off, before)
    assert not torch.allclose(tuned, before, atol=1e-3)
    assert torch.equal(again, tuned)
    assert model.backbone.look == picture


def test_what_is_saved_is_what_is_attached(tmp_path: Path) -> None:
    model = base()
    save(disturbed(model), tmp_path, {"base": "tiny"})
    fresh = base()
    attach(fresh, tmp_path)
    assert torch.equal(vectors(fresh), vectors(model))
    assert json.loads((tmp_path / FACTS).read_text())["base"] == "tiny"


def test_an_encoder_takes_the_adapter_of_its_folder_and_tells_so_in_its_fingerprint(
    tmp_path: Path,
) -> None:
    folder = str(tiny.checkpoint("mini"))
    save(disturbed(base()), tmp_path, {})
    plain, tuned = load_encoder(folder), load_encoder(folder, adapter=tmp_path)
    assert plain.fingerprint != tuned.fingerprint
    assert not np.allclose(plain.encode_texts(TEXTS), tuned.encode_texts(TEXTS), atol=1e-3)


def test_a_folder_that_is_no_adapter_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a readable adapter"):
        attach(base(), tmp_path)


@pytest.mark.parametrize("damage", ["missing", "shape", "nan", "cut"])
def test_damaged_and_foreign_adapters_are_refused(tmp_path: Path, damage: str) -> None:
    save(disturbed(base()), tmp_path, {})
    weights = load_file(tmp_path / WEIGHTS)
    name = next(name for name in weights if "lora_A" in name)
    if damage == "missing":
        del weights[name]
    elif damage == "shape":
        weights[name] = weights[name][:, :-1].contiguous()
    else:
        weights[name][0, 0] = float("nan")
    save_file(weights, tmp_path / WEIGHTS)
    if damage == "cut":
        (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:-9])
    with pytest.raises(ModelError):
        attach(base(), tmp_path)
