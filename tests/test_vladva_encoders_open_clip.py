"""OpenCLIP's checkpoints: through a stand-in for the package, and through the package if there."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import open_clip_stand_in
import pytest
import tiny
import torch
from open_clip_stand_in import HAVE, MODEL, encoder
from PIL import Image
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder, load_generator, open_clip
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD
from vladva.encoders.rounded import rounded_crop
from vladva.encoders.source import find, on_hub
from vladva.errors import ConfigError, ModelError, Unsupported
from vladva.hub import cache
from vladva.hub.offer import OPEN_CLIP_CONFIG as CONFIG
from vladva.hub.offer import OPEN_CLIP_WEIGHTS as WEIGHTS
from vladva.hub.offer import RemoteFile, choose
from vladva.model import unit
from vladva.presets import PRESETS

package = open_clip_stand_in.package
folder = open_clip_stand_in.folder

TEXTS = [*tiny.TEXTS, "a dog under a tree " * 500]


def pixels(picture: Image.Image) -> torch.Tensor:
    """The package's transform, written out: shorter side to 28, the middle, CLIP's mean and std."""
    short, long = sorted(picture.size)
    longer = int(28 * long / short)
    size = (28, longer) if picture.width <= picture.height else (longer, 28)
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    left, top = (round((side - 28) / 2) for side in picture.size)
    cut = np.asarray(picture.crop((left, top, left + 28, top + 28)), np.float32) / 255
    normal = (cut - np.array(CLIP_MEAN, np.float32)) / np.array(CLIP_STD, np.float32)
    return torch.from_numpy(normal).permute(2, 0, 1)[None]


def test_vectors_equal_the_plain_recipe(package: Any, folder: Path) -> None:
    ours = encoder(folder)
    model = package.create_model(
        f"local-dir:{folder}", load_weights=False, pretrained_image=False, pretrained_text=False
    )
    package.load_checkpoint(model, str(folder / WEIGHTS[0]), strict=True)
    model.eval()
    tokenizer = package.get_tokenizer(f"local-dir:{folder}")
    pictures = [*tiny.PICTURES, tiny.picture(1, 1, 5), tiny.picture(29, 50, 6)]
    seen = ours.encode([ours.prepare(picture) for picture in pictures])
    read = ours.encode_texts(TEXTS)
    with torch.no_grad():
        for picture, vector in zip(pictures, seen, strict=True):
            expected = unit(model.encode_image(pixels(picture)))[0].numpy()
            assert np.abs(expected - vector).max() <= 1e-5
        for text, vector in zip(TEXTS, read, strict=True):
            expected = unit(model.encode_text(tokenizer([text.strip()])))[0].numpy()
            assert np.abs(expected - vector).max() <= 1e-5


def test_it_owes_its_callers_what_every_encoder_does(folder: Path) -> None:
    ours, one = encoder(folder), encoder(folder, 1)
    pictures = [ours.prepare(picture) for picture in tiny.PICTURES]
    for vectors, single in (
        (ours.encode(pictures), one.encode(pictures)),
        (ours.encode_texts(TEXTS), one.encode_texts(TEXTS)),
    ):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == ours.dim == 24
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert np.abs(vectors - single).max() <= 1e-5
    assert ours.encode([]).shape == ours.encode_texts([]).shape == (0, 24)
    assert ours.fingerprint == one.fingerprint
    with pytest.raises(Unsupported, match="two towers"):
        ours.encode_joint([(pictures[0], "at night")])
    with pytest.raises(Unsupported, match="only embeds"):
        load_generator(str(folder), device="cpu")
    with pytest.raises(ConfigError, match="takes no adapter"):
        load_encoder(str(folder), device="cpu", adapter=folder)


def test_other_weights_and_other_configs_have_other_fingerprints(folder: Path) -> None:
    before = encoder(folder).fingerprint
    weights = load_file(folder / WEIGHTS[0])
    weights[next(iter(weights))] += 1
    save_file(weights, folder / WEIGHTS[0])
    after = encoder(folder).fingerprint
    config = {"model_cfg": MODEL, "preprocess_cfg": {"resize_mode": "squash"}}
    (folder / CONFIG).write_text(json.dumps(config))
    assert len({before, after, encoder(folder).fingerprint}) == 3


def test_the_middle_is_where_torchvision_cuts_it() -> None:
    picture = tiny.picture(28 + 7, 28, 1)  # 7 over: 3.5 goes to 4, where others cut at 3
    theirs = pixels(picture)[0].numpy()
    assert np.abs(rounded_crop({}, 28)(picture)["pixel_values"] - theirs).max() <= 1e-6
    assert [rounded_crop({}, 28).margin(n) for n in range(8)] == [0, 0, 1, 2, 2, 2, 3, 4]


def test_a_squashed_picture_is_seen_whole() -> None:
    config = {"resize_mode": "squash", "interpolation": "bilinear", "mean": [0.5] * 3,
              "std": [0.5] * 3}  # fmt: skip
    picture = tiny.picture(100, 40, 2)
    small = picture.resize((28, 28), Image.Resampling.BILINEAR)
    expected = np.asarray(small, np.float32).transpose(2, 0, 1) / 255 * 2 - 1
    found = rounded_crop(config, 28)
    assert np.abs(found(picture)["pixel_values"] - expected).max() <= 1e-6
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own bytes
    assert again.version == found.version != rounded_crop({}, 28).version


@pytest.mark.parametrize("odd", [{"resize_mode": "longest"}, {"interpolation": "random"}])
def test_preprocessing_that_is_not_ours_is_refused(odd: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="not supported"):
        rounded_crop(odd, 28)


def test_preparing_needs_neither_torch_nor_the_package() -> None:
    child = (
        "import sys; from vladva.encoders.rounded import rounded_crop; rounded_crop({}, 28);"
        "assert not {'torch', 'open_clip', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", child], check=True)


def test_pickled_weights_are_refused_and_how_to_convert_them_is_said(folder: Path) -> None:
    (folder / WEIGHTS[0]).unlink()
    with pytest.raises(ModelError, match=r"lacks open_clip_model\.safetensors"):
        encoder(folder)
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"anything")
    with pytest.raises(ModelError, match="only as pickle files") as refused:
        encoder(folder)
    assert "convert" in refused.value.hint


def test_weights_of_another_model_are_an_error_not_a_guess(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS[0])
    weights.pop(max(weights))
    save_file(weights, folder / WEIGHTS[0])
    with pytest.raises(ModelError, match="does not load"):
        encoder(folder)
    (folder / WEIGHTS[0]).write_bytes(b"cut off")
    with pytest.raises(ModelError, match="does not load"):
        encoder(folder)


def test_a_config_that_would_fetch_more_is_refused(folder: Path) -> None:
    text = {**MODEL["text_cfg"], "hf_model_name": "roberta-base"}  # type: ignore[dict-item]
    (folder / CONFIG).write_text(json.dumps({"model_cfg": {**MODEL, "text_cfg": text}}))
    with pytest.raises(ModelError, match="from another repository"):
        encoder(folder)
    (folder / CONFIG).write_text(json.dumps({"model_cfg": None}))
    with pytest.raises(ModelError, match="describes no model"):
        encoder(folder)


def test_a_folder_with_a_config_of_transformers_too_is_read_by_transformers(tmp_path: Path) -> None:
    for file in tiny.checkpoint("clip").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / CONFIG).write_text(json.dumps({"model_cfg": MODEL}))
    assert type(encoder(tmp_path)).__name__ == "ClipEncoder"


def test_a_missing_package_is_an_error_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    (tmp_path / CONFIG).write_text(json.dumps({"model_cfg": MODEL}))
    save_file({"a": torch.zeros(1)}, tmp_path / WEIGHTS[0])
    with pytest.raises(ModelError, match="open_clip_torch, which is not installed") as refused:
        encoder(tmp_path)
    assert refused.value.hint == "pip install 'vladva[open-clip]'"


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'torchvision'", name="torchvision"),
        RuntimeError("operator torchvision::nms does not exist"),
    ],
)
def test_a_package_that_does_not_import_is_told_from_a_missing_one(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(open_clip, "import_module", broken)
    with pytest.raises(ModelError, match=r"does not import: .*torchvision") as refused:
        open_clip._package()
    assert "built for this very torch" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "taken", "kind"),
    [("pe-core-l14", WEIGHTS[0], "open_clip"), ("openclip-g14", "model.safetensors", "clip")],
)
def test_of_two_sets_of_the_same_weights_one_is_fetched(
    name: str, taken: str, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remote = on_hub(name)
    assert remote is not None
    there = [WEIGHTS[0], "model.safetensors", CONFIG, "tokenizer.json", "model.bin", "code.py"]
    there += ["config.json"] if kind == "clip" else []
    files = [RemoteFile(file, 2, "0", large=False) for file in there]
    chosen = {file.name for file in choose(name, files, open_clip=remote.open_clip)}
    assert chosen == {taken, CONFIG, "tokenizer.json", *{"config.json"} & set(there)}
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    cache.pin(remote.hub_id, str(remote.revision or "0" * 40))
    folder = cache.snapshot(remote.hub_id, str(remote.revision or "0" * 40))
    folder.mkdir(parents=True)
    for file in chosen:
        (folder / file).write_text('{"model_type": "clip"}' if file == "config.json" else "{}")
    assert find(name, lambda _: None).model_type == kind


COUNTS = {"eva02-clip-e14+": "EVA02-E-14-plus", "pe-core-l14": "PE-Core-L-14-336",
          "pe-core-g14": "PE-Core-bigG-14-448", "openclip-g14": "ViT-g-14",
          "openclip-bigg14": "ViT-bigG-14"}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.skipif(not HAVE, reason="no extra open-clip")
def test_the_packages_own_config_has_the_presets_number_of_parameters(name: str) -> None:
    with torch.device("meta"):
        model = open_clip._package().create_model(COUNTS[name], load_weights=False, device="meta")
    preset = PRESETS[name]
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count / 1e9 == pytest.approx(preset.params_b, rel=0.01)
    assert open_clip._package().get_model_config(COUNTS[name])["embed_dim"] == preset.dim


def test_every_preset_of_the_package_has_its_config_here() -> None:
    assert {n for n, p in PRESETS.items() if p.family == "open_clip"} <= set(COUNTS)
