"""Settings: what wins, what is refused, and that the paper stands in the paper's recipes."""

import json
import tomllib
from pathlib import Path

import pytest

from vladva.errors import ConfigError
from vladva.trainer.config import (
    DEFAULTS,
    RECIPES,
    TrainConfig,
    as_dict,
    as_toml,
    from_dict,
    load_config,
    recipes,
)

PAPER = ("qwen2-vl-2b-paper", "llava-1.5-7b-paper", "llava-1.5-13b-paper")


def refused(*changes: str, recipe: str | Path | None = None) -> str:
    with pytest.raises(ConfigError) as raised:
        load_config(recipe, changes)
    return raised.value.message


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_loads_and_begins_with_its_command_hardware_and_hours(name: str) -> None:
    config = load_config(name, [])
    written = tomllib.loads((RECIPES / f"{name}.toml").read_text())
    assert config.model.name == written["model"]["name"]
    lines = (RECIPES / f"{name}.toml").read_text().splitlines()
    head = [line for line in lines[: lines.index("[model]")] if line]
    assert all(line.startswith("#") for line in head)
    said = "\n".join(head)
    assert f"--recipe {name}" in said or DEFAULTS.get(config.model.name) == name
    for part in ("vladva train", "Hardware:", "Hours:"):
        assert part in said, part


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_settings_stand_in_its_recipes(name: str) -> None:
    config = load_config(name, [])
    assert (config.adapter.rank, config.adapter.alpha) == (16, 16)
    assert config.adapter.soft_prompts
    assert not config.adapter.vision
    assert not config.adapter.projector
    assert config.adapter.start == "fresh"
    assert config.data.batch == 1024
    assert (config.optim.lr, config.optim.epochs) == (1e-4, 7.0)
    assert (config.optim.steps, config.optim.minutes) == (None, None)
    assert (config.loss.autoregressive, config.loss.text_text, config.loss.edits) == (1.0, 0, 0)
    assert not config.loss.negatives
    assert config.data.long_tokens == 500
    assert name == f"{config.model.name}-paper"


def test_a_change_beats_the_recipe_and_the_recipe_the_default(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[model]\nname = "elsewhere"\n[data]\nbatch = 8\n[optim]\nlr = 1e-3\n')
    config = load_config(file, ["optim.lr=5e-4"])
    assert (config.model.name, config.data.batch, config.optim.lr) == ("elsewhere", 8, 5e-4)
    assert config.adapter == TrainConfig().adapter
    assert load_config(str(file), []).data.batch == 8


def test_without_a_recipe_the_models_own_is_taken() -> None:
    assert load_config(None, []) == load_config("mini", [])
    for model, recipe in DEFAULTS.items():
        assert load_config(None, [f"model.name={model}"]) == load_config(recipe, [])
    plain = load_config(None, ["model.name=some/where"])
    assert as_dict(plain)["optim"] == as_dict(TrainConfig())["optim"]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("optim.lr=3e-4", 3e-4),
        ("optim.lr = 1", 1.0),
        ("data.chunk=none", None),
        ("data.chunk=16", 16),
        ("data.workers=auto", "auto"),
        ("data.workers=0", 0),
        ("captions.generate=True", True),
        ("data.cache_features=false", False),
        ("data.held_out_file=dev.jsonl", "dev.jsonl"),
        ("data.held_out_file=2024", "2024"),
        ('model.name="a b"', "a b"),
        ("model.name=org/model", "org/model"),
        ("model.dtype=bfloat16", "bfloat16"),
    ],
)
def test_a_change_is_read_as_its_setting_wants_it(change: str, value: object) -> None:
    section, name = change.partition("=")[0].strip().split(".")
    found = as_dict(load_config(None, [change]))[section][name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("optim.lrr=1", "there is no setting optim.lrr; did you mean optim.lr?"),
        ("lr=1", "there is no setting lr; did you mean optim.lr?"),
        ("optim.lr=fast", "optim.lr is 'fast'; it takes a number from 1e-08 to 1"),
        ("optim.lr=nan", "optim.lr is nan"),
        ("optim.lr=true", "optim.lr is 'true'"),
        ("data.batch=1", "data.batch is 1; it takes a whole number from 2"),
        ("data.batch=2.5", "data.batch is '2.5'"),
        ("data.workers=-1", 'it takes a whole number from 0 to 256 or "auto"'),
        ("model.dtype=int8", '"float32"'),
        ("captions.generate=1", "true or false"),
        ("captions.generate", "write section.name=value"),
        ("optim.epochs=none", "a run needs an end"),
    ],
)
def test_what_cannot_be_says_why_and_what_can(change: str, says: str) -> None:
    changes = [change] if "none" not in change else [change, "optim.minutes=none"]
    assert says in refused(*changes)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('batch = 8\n[optim]\nlr = "fast"\n[datas]\nworkers = 3\n[run]\nseed = -1\n')
    message = refused("adapter.rank=-4", "nonsense", recipe=file)
    assert message.startswith("6 settings cannot be used")
    for part in ("batch", "optim.lr", "datas.workers", "run.seed", "adapter.rank", "nonsense"):
        assert part in message


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (["adapter.rank=0", "adapter.soft_prompts=false"], "nothing would learn"),
        (["adapter.rank=0", "adapter.vision=true"], "need an adapter.rank above 0"),
        (["adapter.vision=true", "data.cache_features=true"], "frozen tower"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes: list[str], says: str) -> None:
    assert says in refused(*changes)


def test_who_sets_a_length_replaces_the_lengths_of_weaker_sources() -> None:
    config = load_config("llava-1.5-7b-paper", ["optim.steps=2"])
    assert (config.optim.steps, config.optim.epochs, config.optim.minutes) == (2, None, None)
    config = load_config("llava-1.5-7b-paper", ["optim.steps=2", "optim.epochs=1"])
    assert (config.optim.steps, config.optim.epochs) == (2, 1.0)


def test_a_recipe_that_is_none_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert "did you mean mini?" in refused(recipe="minni")
    assert "cannot be read" in refused(recipe=tmp_path / "gone.toml")
    (tmp_path / "broken.toml").write_text("[data\n")
    assert "cannot be read" in refused(recipe=str(tmp_path / "broken.toml"))
    assert "no recipe" in refused(recipe="../config")


@pytest.mark.parametrize("changes", [[], ["optim.steps=3", 'model.name=a "quoted" ü\\name']])
def test_a_configuration_survives_json_and_toml(tmp_path: Path, changes: list[str]) -> None:
    config = load_config("mini", changes)
    assert from_dict(json.loads(json.dumps(as_dict(config)))) == config
    (tmp_path / "again.toml").write_text(as_toml(config), encoding="utf-8")
    assert load_config(tmp_path / "again.toml", []) == config


def test_a_saved_configuration_with_an_unknown_setting_is_refused() -> None:
    values = as_dict(TrainConfig())
    values["optim"]["momentum"] = 0.9
    with pytest.raises(ConfigError, match="momentum"):
        from_dict(values)
