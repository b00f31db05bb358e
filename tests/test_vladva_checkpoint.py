"""What changes a vector changes the fingerprint; what does not, does not."""

import json
import shutil
from pathlib import Path

import pytest
import tiny

from vladva import checkpoint
from vladva.checkpoint import fingerprint
from vladva.presets import PRESETS, packaged_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(tiny.checkpoint("mini"), copy)
    return copy


def of(
    folder: Path,
    *,
    adapter: Path | None = None,
    reading: tuple[str, ...] = ("prompt",),
    preprocessing: str = "pil-1",
    dtype: str = "torch.float32",
) -> str:
    return fingerprint(
        folder, adapter=adapter, reading=reading, preprocessing=preprocessing, dtype=dtype
    )


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(bytes(content))


def test_a_copy_elsewhere_has_the_same_fingerprint(folder: Path) -> None:
    assert of(folder) == of(tiny.checkpoint("mini"))
    assert len(of(folder)) == 32


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("place", [200, -1])
def test_one_changed_bit_of_weights_or_tokens_changes_it(
    folder: Path, file: str, place: int
) -> None:
    before = of(folder)
    flip(folder / file, place)
    assert of(folder) != before


def test_prompts_preprocessing_and_precision_change_it(folder: Path) -> None:
    others = [
        of(folder),
        of(folder, reading=("another prompt",)),
        of(folder, preprocessing="pil-2"),
        of(folder, dtype="torch.bfloat16"),
    ]
    assert len(set(others)) == 4


def test_the_16_bit_precisions_are_one_class(folder: Path) -> None:
    assert of(folder, dtype="torch.bfloat16") == of(folder, dtype="torch.float16")


def test_the_readouts_version_changes_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(folder)
    monkeypatch.setattr(checkpoint, "READOUT", "another")
    assert of(folder) != before


def test_an_adapter_changes_it_by_its_content(folder: Path, tmp_path: Path) -> None:
    seen = {of(folder)}
    for content in (b"one", b"two"):
        adapter = tmp_path / content.decode()
        adapter.mkdir()
        (adapter / "adapter.safetensors").write_bytes(content)
        (adapter / "adapter.json").write_text("{}")
        seen.add(of(folder, adapter=adapter))
    assert len(seen) == 3
    (adapter / "README.md").write_text("a card")
    assert of(folder, adapter=adapter) in seen


def test_who_saved_the_config_does_not_change_it(folder: Path) -> None:
    before = of(folder)
    config = json.loads((folder / "config.json").read_text())
    config.update(transformers_version="99", torch_dtype="float16")
    (folder / "config.json").write_text(json.dumps(config, indent=7))
    assert of(folder) == before
    config["vision_feature_layer"] = -1
    (folder / "config.json").write_text(json.dumps(config))
    assert of(folder) != before


def test_large_weights_are_sampled_but_header_size_and_ends_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "WHOLE", 1000)
    monkeypatch.setattr(checkpoint, "SAMPLE", 64)
    weights = folder / "model.safetensors"
    seen = [of(folder)]
    for place in (20, -1):
        flip(weights, place)
        seen.append(of(folder))
    weights.write_bytes(weights.read_bytes() + b"\0")
    seen.append(of(folder))
    assert len(set(seen)) == 4


def test_weights_that_are_not_loaded_do_not_count(folder: Path) -> None:
    before = of(folder)
    for other in ("open_clip_model.safetensors", "model.fp16.safetensors"):
        (folder / other).write_bytes(b"of another program")
    assert of(folder) == before


@pytest.mark.parametrize("config", [None, {}])
def test_an_open_clip_models_own_weights_count(folder: Path, config: dict[str, str] | None) -> None:
    (folder / "config.json").unlink()
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    (folder / "open_clip_config.json").write_text("{}")
    weights = (folder / "model.safetensors").rename(folder / "open_clip_model.safetensors")
    before = of(folder)
    flip(weights, -1)
    assert of(folder) != before


def test_each_part_of_weights_in_parts_counts(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    parts = [folder / f"model-{n}-of-2.safetensors" for n in (1, 2)]
    listed = {"weight_map": {part.name: part.name for part in parts}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(listed))
    seen = set()
    for content in ((b"a", b"b"), (b"c", b"b"), (b"a", b"c")):
        for part, bytes_of in zip(parts, content, strict=True):
            part.write_bytes(bytes_of)
        seen.add(of(folder))
    assert len(seen) == 3


def test_the_packaged_models_weights_are_what_is_hashed() -> None:
    own = packaged_folder(PRESETS["mini"])
    assert own is not None
    assert checkpoint.weight_files(own) == [own / "model.safetensors"]
