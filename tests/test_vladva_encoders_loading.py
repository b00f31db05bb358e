"""Loading by name: the nearest valid name, what is refused and why, devices and precisions."""

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder, loading
from vladva.encoders.loading import batches, place
from vladva.errors import ConfigError, ModelError, NotFetched


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(tiny.checkpoint("mini"), copy)
    return copy


def refused(name: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load_encoder(name, device="cpu")
    assert caught.value.hint
    return caught.value


def test_an_unknown_name_gets_its_nearest_valid_one() -> None:
    assert "'siglip2-base'" in refused("siglip-2-base").hint
    assert "vladva models" in refused("zzzz").hint
    assert "vladva models" in refused("./no/such/folder").hint


def test_a_folder_without_a_config_is_no_checkpoint(tmp_path: Path) -> None:
    assert "no config.json" in refused(str(tmp_path)).message


def test_a_broken_config_is_named(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    assert "config.json is not valid JSON" in refused(str(folder)).message


def test_a_type_without_a_family_is_refused_before_anything_is_loaded(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "resnet"}))
    assert "'resnet'" in refused(str(folder)).message


def test_pickled_weights_are_refused_with_the_reason(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "can run code" in refused(str(folder)).message


def test_pickled_weights_beside_safetensors_are_never_opened(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"not a pickle")
    assert load_encoder(str(folder), device="cpu").dim == 32


def test_missing_weights_are_not_invented(folder: Path) -> None:
    file = folder / "model.safetensors"
    weights = load_file(file)
    lost = next(name for name in weights if "layers.0.mlp" in name)
    del weights[lost]
    save_file(weights, file, metadata={"format": "pt"})
    assert "lacks 1 weights" in refused(str(folder)).message


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    file = folder / "model.safetensors"
    weights = load_file(file)
    odd = next(name for name in weights if "layers.0.mlp.down" in name)
    weights[odd] = weights[odd][:, :-1].contiguous()
    save_file(weights, file, metadata={"format": "pt"})
    assert refused(str(folder))


def test_damaged_weights_and_lost_tokenizers_are_refused(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    assert "tokenizer" in refused(str(folder)).message
    (folder / "model.safetensors").write_bytes(b"damaged")
    assert refused(str(folder))


def test_weights_outside_the_folder_are_not_followed(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "../../secret.safetensors"}})
    )
    assert "outside its folder" in refused(str(folder)).message


def test_an_adapter_that_nobody_named_is_refused_and_the_hint_says_how_it_is_merged(
    folder: Path,
) -> None:
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    error = refused(str(folder))
    assert "adapter_config.json" in error.message
    assert "merge" in error.hint


def test_of_whole_weights_beside_an_index_of_parts_the_whole_are_loaded(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}})
    )
    assert load_encoder(str(folder), device="cpu").dim == 32


def test_code_of_a_checkpoint_is_never_run(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
    (folder / "config.json").write_text(json.dumps(config))
    tokens = json.loads((folder / "tokenizer_config.json").read_text())
    tokens["auto_map"] = {"AutoTokenizer": ["evil.Tokenizer", "evil.Tokenizer"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
    (folder / "evil.py").write_text("raise SystemExit('code was run')")
    assert load_encoder(str(folder), device="cpu").dim == 32


def test_a_model_that_is_not_here_is_not_fetched_and_the_error_says_how_it_is() -> None:
    error = refused("siglip2-base")
    assert isinstance(error, NotFetched)
    assert "not cached" in error.message
    assert "vladva models --fetch siglip2-base" in error.hint
    assert "1.5 GB, licence Apache-2.0" in error.hint
    assert "vladva models --fetch someone/some-model" in refused("someone/some-model").hint


def test_a_cpu_computes_in_float32_unless_asked() -> None:
    assert place("cpu", "auto", None).dtype == torch.float32


def test_bfloat16_on_a_cpu_needs_the_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "cpu_has_bfloat16", lambda: False)
    with pytest.raises(ConfigError, match="slower than float32"):
        place("cpu", "bfloat16", None)
    monkeypatch.setattr(loading, "cpu_has_bfloat16", lambda: True)
    assert place("cpu", "bfloat16", None).dtype == torch.bfloat16
    with pytest.raises(ConfigError, match="slower than float32"):
        place("cpu", "float16", None)


@pytest.mark.parametrize("bf16", [True, False])
def test_a_gpu_computes_in_16_bits(monkeypatch: pytest.MonkeyPatch, *, bf16: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)
    placed = place("auto", "auto", None)
    assert placed.device.type == "cuda"
    assert placed.dtype == (torch.bfloat16 if bf16 else torch.float16)


@pytest.mark.parametrize(
    ("device", "dtype", "size"),
    [("tpu", "auto", None), ("cpu", "int8", None), ("cpu", "auto", 0), ("mps:0", "auto", None)],
)
def test_what_this_machine_cannot_do_is_a_configuration_error(
    monkeypatch: pytest.MonkeyPatch, device: str, dtype: str, size: int | None
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ConfigError) as caught:
        place(device, dtype, size)
    assert caught.value.hint


def test_batches_keep_within_count_and_budget_and_lose_nothing() -> None:
    sizes = [7, 1, 9, 3, 3, 8, 100]
    groups = batches(sizes, most=3, budget=16)
    assert sorted(i for group in groups for i in group) == list(range(7))
    for group in groups:
        assert len(group) <= 3
        assert len(group) == 1 or max(sizes[i] for i in group) * len(group) <= 16


def test_a_packaged_adapter_is_attached_only_when_there_is_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached: list[Path] = []
    monkeypatch.setattr("vladva.adapters.attach", lambda _m, path, _base: attached.append(path))
    plain = load_encoder(str(folder), device="cpu").fingerprint
    (folder / "adapter").mkdir()
    (folder / "adapter" / "adapter.safetensors").write_bytes(b"weights")
    assert load_encoder(str(folder), device="cpu").fingerprint != plain
    assert load_encoder(str(folder), device="cpu", adapter=None).fingerprint == plain
    assert attached == [folder / "adapter"]


def test_two_threads_load_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most = [0], [0]

    def load(*_: Any) -> str:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.1)
        at_work[0] -= 1
        return "encoder"

    for family in ("llava", "clip"):
        monkeypatch.setattr(f"vladva.encoders.{family}.load", load)
    with ThreadPoolExecutor(4) as threads:
        names = [str(tiny.checkpoint(kind)) for kind in ("llava", "clip")]
        list(threads.map(lambda name: load_encoder(name, device="cpu"), 2 * names))
    assert most == [1]
