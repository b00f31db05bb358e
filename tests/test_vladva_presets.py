"""Presets: complete rows, what is cached, and which model is taken when none is named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vladva import presets
from vladva.encoders import FAMILIES, load_encoder
from vladva.errors import ModelError
from vladva.presets import CPU_CHOICE, GPU_CHOICE, MINI, PRESETS, Preset, default_model, is_cached
from vladva.prompts import CHATS

FREE = {"Apache-2.0", "MIT", "BSD-3-Clause"}
"""Licences that set no terms on what a model is used for."""


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_field_of_a_preset_is_filled(preset: Preset) -> None:
    assert preset.family in set(FAMILIES.values())
    assert preset.licence
    assert preset.verified_by
    assert preset.note
    assert preset.params_b > 0
    assert preset.dim > 0
    assert preset.size_bytes > preset.params_b * 1e9 * 1.9
    assert preset.hub_id is None or preset.hub_id.count("/") == 1
    assert bool(preset.prompts) == (preset.readout == "last")
    assert (preset.readout == "last") == (preset.family in ("llava", "qwen_vl", "smolvlm"))
    assert not preset.chat or preset.chat in CHATS
    assert 0 <= preset.matryoshka < preset.dim
    assert preset.restricted == (preset.licence not in FREE)


def test_no_preset_claims_that_its_weights_were_checked() -> None:
    for preset in PRESETS.values():
        assert preset.hub_id is None or not any("weights" in said for said in preset.verified_by)


def test_the_choices_of_the_default_are_presets() -> None:
    assert {MINI, GPU_CHOICE, CPU_CHOICE} <= set(PRESETS)
    assert not any(PRESETS[name].restricted for name in (MINI, GPU_CHOICE, CPU_CHOICE))


def test_what_is_not_confirmed_of_an_lvlm_is_said_in_words() -> None:
    for name in ("smolvlm-256m", "smolvlm-500m", "gme-qwen2-vl-2b", "vlm2vec-v2", "unime-v2-7b"):
        assert "ot confirmed" in PRESETS[name].note
    for preset in PRESETS.values():
        if preset.readout == "last" and preset.hub_id and preset.revision is None:
            assert "no revision pinned" in preset.note


def test_every_lvlm_of_the_design_is_a_preset_and_embedders_do_not_generate() -> None:
    bases = {"smolvlm-256m", "smolvlm-500m", "qwen2-vl-2b", "llava-1.5-7b", "llava-1.5-13b",
             "llava-next-8b"}  # fmt: skip
    embedders = {"e5-v", "qwen3-vl-embedding-2b", "qwen3-vl-embedding-8b", "gme-qwen2-vl-2b",
                 "vlm2vec-v2", "unime-v2-7b"}  # fmt: skip
    lvlms = {name: preset for name, preset in PRESETS.items() if preset.readout == "last"}
    assert {name for name in lvlms if lvlms[name].generative} == {MINI, *bases}
    assert {name for name in lvlms if not lvlms[name].generative} == embedders


def test_importing_presets_is_light() -> None:
    child = (
        "import sys, vladva.presets as p; p.PRESETS['mini'];"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", child], check=True)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def cache(hub: Path, preset: Preset, **files: str) -> None:
    repository = hub / f"models--{str(preset.hub_id).replace('/', '--')}"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True, exist_ok=True)
    (repository / "refs").mkdir(exist_ok=True)
    (repository / "refs" / "main").write_text("0" * 40)
    for name in ("tokenizer.json", "preprocessor_config.json"):
        (snapshot / name).write_text("{}")
    for name, content in files.items():
        (snapshot / name.replace("__", "-").replace("_", ".")).write_text(content)


def packaged() -> dict[str, Path]:
    """Packaged presets whose weights this build has → their folders."""
    folders = {name: presets.packaged_folder(preset) for name, preset in PRESETS.items()}
    return {name: place for name, place in folders.items() if place and any(place.glob("*.json"))}


def test_in_an_empty_cache_what_is_packaged_is_here_and_nothing_else(hub: Path) -> None:
    assert MINI in packaged()
    assert {name for name, preset in PRESETS.items() if is_cached(preset)} == set(packaged())
    assert hub.exists()


def test_a_packaged_preset_tells_the_dimensions_and_the_size_of_its_folder() -> None:
    for name, folder in packaged().items():
        preset = PRESETS[name]
        config = json.loads((folder / "config.json").read_text())
        text = config["text_config"]["hidden_size"]
        assert preset.dim == (config["projection_dim"] if preset.family == "clip" else text)
        bytes_ = sum(file.stat().st_size for file in folder.rglob("*.safetensors"))
        assert preset.size_bytes == pytest.approx(bytes_, rel=0.1)


def test_where_a_packaged_presets_weights_are_not_there_it_is_not_cached_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert presets.packaged_folder(PRESETS[CPU_CHOICE]) is None
    monkeypatch.setattr(presets, "__file__", str(tmp_path / "presets.py"))
    baseline = PRESETS["clip-mini"]
    assert presets.packaged_folder(baseline) == tmp_path / "clip_mini"
    assert not is_cached(baseline)
    with pytest.raises(ModelError, match="clip-mini is not packaged in this build") as refused:
        load_encoder("clip-mini")
    assert "make mini" in refused.value.hint
    (tmp_path / "clip_mini").mkdir()
    (tmp_path / "clip_mini" / "config.json").touch()
    assert not is_cached(baseline)
    (tmp_path / "clip_mini" / "model.safetensors").touch()
    assert is_cached(baseline)


def test_a_model_is_cached_when_config_and_weights_are(hub: Path) -> None:
    preset = PRESETS[CPU_CHOICE]
    cache(hub, preset, config_json="{}")
    assert not is_cached(preset)
    cache(hub, preset, model_safetensors="")
    assert is_cached(preset)


def test_a_model_of_open_clip_is_cached_under_that_packages_names(hub: Path) -> None:
    preset = PRESETS["pe-core-l14"]
    cache(hub, preset, config_json="{}", model_safetensors="")
    assert not is_cached(preset)
    folder = next((hub / f"models--{str(preset.hub_id).replace('/', '--')}").glob("snapshots/*"))
    (folder / "open_clip_config.json").write_text("{}")
    assert not is_cached(preset)
    (folder / "open_clip_model.safetensors").write_text("")
    assert is_cached(preset)


def test_a_model_in_parts_is_cached_when_all_parts_are(hub: Path) -> None:
    preset = PRESETS[GPU_CHOICE]
    parts = {"a": "one.safetensors", "b": "two.safetensors"}
    index = json.dumps({"weight_map": parts})
    cache(hub, preset, config_json="{}", model_safetensors_index_json=index, one_safetensors="")
    assert not is_cached(preset)
    cache(hub, preset, two_safetensors="")
    assert is_cached(preset)


@pytest.mark.parametrize("gpu", [True, False])
def test_the_default_is_the_best_that_needs_no_download(
    hub: Path, monkeypatch: pytest.MonkeyPatch, *, gpu: bool
) -> None:
    monkeypatch.setattr(presets, "_has_gpu", lambda: gpu)
    assert default_model() == MINI
    cache(hub, PRESETS[CPU_CHOICE], config_json="{}", model_safetensors="")
    assert default_model() == CPU_CHOICE
    cache(hub, PRESETS[GPU_CHOICE], config_json="{}", model_safetensors="")
    assert default_model() == (GPU_CHOICE if gpu else CPU_CHOICE)


def test_a_machine_without_signs_of_a_gpu_is_not_asked_through_torch() -> None:
    child = (
        "import sys; from unittest.mock import patch; import vladva.presets as p;"
        "sys.platform = 'linux'; p.which = lambda name: None;"
        "p.Path.exists = lambda self: False;"
        "assert p._has_gpu() is False; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", child], check=True)
