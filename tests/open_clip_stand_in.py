"""OpenCLIP in tests: a stand-in for the package, the package itself if there, and a tiny folder.

The stand-in has the few calls that are used, with the package's names, arguments and shapes.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tiny
import torch
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder, open_clip
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD
from vladva.hub.offer import OPEN_CLIP_CONFIG as CONFIG
from vladva.hub.offer import OPEN_CLIP_WEIGHTS as WEIGHTS

MODEL = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 28, "layers": 2, "width": 32, "head_width": 16, "patch_size": 14},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


class StandIn(torch.nn.Module):
    """A model of the package, as far as it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.visual: Any = torch.nn.Linear(3 * 28 * 28, 24)
        self.visual.image_size = 28
        self.token_embedding = torch.nn.Embedding(49408, 24)

    def encode_image(self, image: torch.Tensor, normalize: bool = False) -> torch.Tensor:
        states = self.visual(image.flatten(1))
        return torch.nn.functional.normalize(states, dim=-1) if normalize else states

    def encode_text(self, text: torch.Tensor, normalize: bool = False) -> torch.Tensor:
        places = torch.arange(1, text.shape[1] + 1).to(text.device)
        states = (self.token_embedding(text) * places[:, None]).sum(1)
        return torch.nn.functional.normalize(states, dim=-1) if normalize else states


class Tokens:
    def __init__(self, context_length: int) -> None:
        self.context_length = context_length

    def __call__(self, texts: list[str]) -> torch.Tensor:
        ids = torch.zeros(len(texts), self.context_length, dtype=torch.long)
        for row, text in zip(ids, texts, strict=True):
            said = [49406, *text.lower().encode()][: self.context_length - 1]
            row[: len(said) + 1] = torch.tensor([*said, 49407])
        return ids


def stand_in() -> Any:
    def read(name: str) -> Any:
        return json.loads((Path(name.removeprefix("local-dir:")) / CONFIG).read_text())["model_cfg"]

    def create_model(
        model_name: str, *, load_weights: bool, pretrained_image: bool, pretrained_text: bool
    ) -> StandIn:
        assert not any((load_weights, pretrained_image, pretrained_text))
        read(model_name)
        return StandIn()

    def load_checkpoint(model: Any, checkpoint_path: str, strict: bool = True) -> None:
        assert checkpoint_path.endswith(".safetensors")
        model.load_state_dict(load_file(checkpoint_path), strict=strict)

    module: Any = ModuleType("open_clip")
    module.create_model, module.load_checkpoint = create_model, load_checkpoint
    module.get_tokenizer = lambda name: Tokens(read(name)["text_cfg"]["context_length"])
    module.get_model_config = {"ViT-B-32": MODEL}.get
    return module


HAVE = find_spec("open_clip") is not None


REAL = pytest.param("real", marks=pytest.mark.skipif(not HAVE, reason="no extra open-clip"))


@pytest.fixture(params=["stand-in", REAL])
def package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "stand-in":
        monkeypatch.setitem(sys.modules, "open_clip", stand_in())
    return open_clip._package()


@pytest.fixture
def folder(package: Any, tmp_path: Path) -> Path:
    config = {"model_cfg": MODEL, "preprocess_cfg": {"mean": CLIP_MEAN, "std": CLIP_STD}}
    (tmp_path / CONFIG).write_text(json.dumps(config))
    model = package.create_model(
        f"local-dir:{tmp_path}", load_weights=False, pretrained_image=False, pretrained_text=False
    )
    tiny.spread(model)
    save_file(model.state_dict(), tmp_path / WEIGHTS[0])
    return tmp_path


def encoder(folder: Path, batch_size: int | None = None) -> Any:
    return load_encoder(str(folder), device="cpu", batch_size=batch_size)
