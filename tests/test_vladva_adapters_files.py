"""Adapters on disk: what is saved is what is attached, and what is none is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from adapter_models import TEXTS, base, disturbed, vectors
from safetensors.torch import load_file, save_file

from vladva.adapters import FACTS, WEIGHTS, Adapter, AdapterShape, attach, create, save
from vladva.encoders import load_encoder
from vladva.errors import ModelError, VladvaError
from vladva.presets import PRESETS, packaged_folder


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


def test_an_adapter_made_for_another_base_is_refused_by_name(tmp_path: Path) -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    own = encoder.base
    save(disturbed(base()), tmp_path, {"base": {**own, "fingerprint": "0" * 32, "name": "other"}})
    with pytest.raises(ModelError, match="made for other, not for this mini"):
        load_encoder(str(tiny.checkpoint("mini")), adapter=tmp_path)
    save(disturbed(base()), tmp_path, {"base": own})
    load_encoder(str(tiny.checkpoint("mini")), adapter=tmp_path)


def test_the_packaged_adapter_of_mini_names_its_base_and_is_taken() -> None:
    folder = packaged_folder(PRESETS["mini"])
    assert folder is not None
    bare: Any = load_encoder("mini", adapter=None)
    told = json.loads((folder / "adapter" / FACTS).read_text())
    assert told["base"] == {"name": "mini", "fingerprint": bare.base["fingerprint"]}
    tuned: Any = load_encoder("mini")
    assert isinstance(tuned.model.adapter, Adapter)


@pytest.mark.parametrize("name", ["adapter_model.bin", "adapter.pt", WEIGHTS])
def test_pickled_weights_are_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    save(disturbed(base()), tmp_path, {})
    weights = load_file(tmp_path / WEIGHTS)
    (tmp_path / WEIGHTS).unlink()
    torch.save(weights, tmp_path / name)
    with pytest.raises(ModelError, match=r"pickle file .*never read"):
        attach(base(), tmp_path)


@pytest.mark.parametrize(
    "shape",
    [
        None,
        {},
        {"rank": "4"},
        {"rank": 4, "code": 1},
        {"rank": -1},
        {"rank": 10**12},
        {"rank": True},
    ],
)
def test_a_shape_that_is_none_is_refused(tmp_path: Path, shape: object) -> None:
    save(disturbed(base()), tmp_path, {})
    facts = json.loads((tmp_path / FACTS).read_text())
    (tmp_path / FACTS).write_text(json.dumps({**facts, "shape": shape}))
    with pytest.raises(ModelError, match="not a readable adapter"):
        attach(base(), tmp_path)


def test_soft_prompts_may_have_any_length_but_not_any_width(tmp_path: Path) -> None:
    save(disturbed(base()), tmp_path, {})
    weights = load_file(tmp_path / WEIGHTS)
    longer = {**weights, "text_prompt": weights["text_prompt"].repeat(2, 1)}
    save_file(longer, tmp_path / WEIGHTS)
    attach(base(), tmp_path)
    save_file(
        {**weights, "text_prompt": weights["text_prompt"][:, :-1].clone()}, tmp_path / WEIGHTS
    )
    with pytest.raises(ModelError, match="text_prompt"):
        attach(base(), tmp_path)


def test_a_refused_adapter_leaves_the_base_as_it_was(tmp_path: Path) -> None:
    save(disturbed(base()), tmp_path, {})
    weights = load_file(tmp_path / WEIGHTS)
    name = next(name for name in weights if "lora_A" in name)
    weights[name][0, 0] = float("inf")
    save_file(weights, tmp_path / WEIGHTS)
    model = base()
    before = vectors(model)
    with pytest.raises(ModelError, match="not finite"):
        attach(model, tmp_path)
    assert model.adapter is None
    assert torch.equal(vectors(model), before)


def test_a_save_that_fails_leaves_the_old_adapter_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "adapter"
    model = base()
    save(disturbed(model), folder, {"metrics": 1})
    (folder / "README.md").write_text("mine")
    tuned = vectors(model)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vladva.adapter_folder.save_file", full)
        with pytest.raises(VladvaError, match="No space left") as failed:
            save(create(base(), AdapterShape(rank=4)), folder, {"metrics": 2})
    assert "free some space" in failed.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter"]
    fresh = base()
    attach(fresh, folder)
    assert torch.equal(vectors(fresh), tuned)
    save(create(base(), AdapterShape(rank=4)), folder, {"metrics": 2})
    assert json.loads((folder / FACTS).read_text())["metrics"] == 2
    assert (folder / "README.md").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter"]
