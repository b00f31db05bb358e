import json
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from labs import lab
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder
from vladva.errors import ModelError
from vladva.trainer.lab.joint import Stage
from vladva.trainer.lab.package import package
from vladva.trainer.lab.recipe import Recipe


def test_base_and_adapter_are_halved_and_know_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab(tmp_path, monkeypatch)
    recipe = Recipe(scenes=8, batch=4, rank=2)
    Stage(tmp_path, workers=0, scored=0).train(recipe, tmp_path, tmp_path / "base/adapter")
    target = tmp_path / "package"
    package(tmp_path / "base", target)
    assert {value.dtype for value in load_file(target / "model.safetensors").values()} == {
        torch.float16
    }
    own, packed = load_encoder(str(tmp_path / "base")), load_encoder(str(target))
    texts = ["a red dog", "a blue cat at night"]
    assert np.allclose(own.encode_texts(texts), packed.encode_texts(texts), atol=0.01)
    facts = json.loads((target / "adapter/adapter.json").read_text())
    assert facts["base"]["name"] == "package"
    assert facts["training"]["seen"] == 8
    with pytest.raises(ModelError, match="was made for package"):
        load_encoder(str(tmp_path / "base"), adapter=target / "adapter")


def test_an_adapter_of_an_earlier_base_is_not_packed_as_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab(tmp_path, monkeypatch)
    recipe = Recipe(scenes=8, batch=4, rank=2)
    Stage(tmp_path, workers=0, scored=0).train(recipe, tmp_path, tmp_path / "base/adapter")
    weights = load_file(tmp_path / "base/model.safetensors")
    changed = {name: value + 0.01 for name, value in weights.items()}
    save_file(changed, tmp_path / "base/model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="another base"):
        package(tmp_path / "base", tmp_path / "package")


def test_a_two_tower_model_is_packed_without_what_it_does_not_have(tmp_path: Path) -> None:
    source, target = tiny.checkpoint("clip"), tmp_path / "clip_mini"
    package(source, target)
    assert not (target / "adapter").exists()
    assert not (target / "generation_config.json").exists()
    texts = ["a red dog", "a blue cat"]
    own, packed = load_encoder(str(source)), load_encoder(str(target))
    assert np.allclose(own.encode_texts(texts), packed.encode_texts(texts), atol=0.01)
