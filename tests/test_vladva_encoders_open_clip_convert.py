"""A training checkpoint of OpenCLIP's becomes a folder that loads, and code in it is never run."""

from pathlib import Path
from typing import Any

import numpy as np
import open_clip_stand_in
import pytest
import tiny
import torch
from open_clip_stand_in import MODEL, encoder
from safetensors.torch import load_file

from vladva.encoders.open_clip import convert
from vladva.errors import ModelError
from vladva.hub.offer import OPEN_CLIP_WEIGHTS as WEIGHTS

package = open_clip_stand_in.package
folder = open_clip_stand_in.folder


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_a_training_checkpoint_becomes_a_folder_that_loads(
    package: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "get_model_config", {"ViT-B-32": MODEL}.get)
    state = load_file(folder / WEIGHTS[0])
    held = {"epoch": 5, "state_dict": {f"module.{name}": one for name, one in state.items()}}
    torch.save({**held, "optimizer": {"step": 7}}, tmp_path / "negclip.pth")
    convert(tmp_path / "negclip.pth", "ViT-B-32", tmp_path / "made")
    gap = encoder(folder).encode_texts(tiny.TEXTS) - encoder(tmp_path / "made").encode_texts(
        tiny.TEXTS
    )
    assert np.abs(gap).max() <= 1e-6
    with pytest.raises(ModelError, match="knows no architecture 'ViT-Z'"):
        convert(tmp_path / "negclip.pth", "ViT-Z", tmp_path / "made")


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(
    package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "get_model_config", {"ViT-B-32": MODEL}.get)
    torch.save({"state_dict": Evil(tmp_path / "ran")}, tmp_path / "evil.pth")
    with pytest.raises(ModelError, match="does not read as tensors alone"):
        convert(tmp_path / "evil.pth", "ViT-B-32", tmp_path / "made")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "made").exists()
