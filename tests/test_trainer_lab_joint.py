import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from labs import SCENES, SIDE, lab, lines, same
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder
from vladva.errors import DataError
from vladva.model import Features
from vladva.toyland.draw import draw
from vladva.trainer.lab import edits as joint_edits
from vladva.trainer.lab import joint
from vladva.trainer.lab import scenes as joint_scenes
from vladva.trainer.lab.carry import carry
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.edits import edit_of
from vladva.trainer.lab.joint import Stage, batch_of
from vladva.trainer.lab.recipe import Recipe
from vladva.trainer.lab.rows import Row, Rows
from vladva.trainer.lab.worlds import World, scene_of

FORMAT = {"format": "pt"}
RECIPE = Recipe(scenes=24, batch=4, rank=2, rate=1e-2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lab(tmp_path, monkeypatch)


def run(folder: Path, recipe: Recipe, name: str = "", **options: Any) -> dict[str, torch.Tensor]:
    out = folder / name
    Stage(folder, workers=0, scored=0, **options).train(recipe, out, out / "adapter")
    return load_file(out / "adapter/adapter.safetensors")


def test_all_losses_go_into_a_step_and_the_adapter_fits_its_base(folder: Path) -> None:
    run(folder, RECIPE, "all")
    (step,) = lines(folder / "all/joint.jsonl", "step")
    for name in ("contrastive", "autoregressive", "text_text", "edits"):
        assert step[name] > 0
    assert step["seen"] == 24
    encoder = load_encoder(str(folder / "base"), adapter=folder / "all/adapter")
    assert encoder.encode_texts(["a red dog"]).shape == (1, 32)


def test_a_loss_of_no_weight_is_left_out(folder: Path) -> None:
    run(folder, replace(RECIPE, text_text=0.0, edits=0.0, autoregressive=0.0), "plain")
    (step,) = lines(folder / "plain/joint.jsonl", "step")
    assert "text_text" not in step
    assert "edits" not in step
    assert step["autoregressive"] == 0


@pytest.mark.parametrize(("rank", "soft"), [(0, True), (2, False)])
def test_soft_prompts_and_lora_learn_each_alone(folder: Path, rank: int, soft: bool) -> None:
    weights = run(folder, replace(RECIPE, rank=rank, soft_prompts=soft), "part")
    assert any("prompt" in name for name in weights) == soft
    assert any("lora" in name for name in weights) == (rank > 0)


def test_a_run_that_was_killed_ends_with_the_same_adapter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(folder, RECIPE, "whole")

    class Killed(Exception):
        pass

    step = Course.step

    def until_the_third(self: Course, *args: Any, **told: Any) -> None:
        if self.steps == 3:
            raise Killed
        step(self, *args, **told)
        if self.steps == 2:
            self.save()

    with monkeypatch.context() as patched:
        patched.setattr(Course, "step", until_the_third)
        with pytest.raises(Killed):
            run(folder, RECIPE, "killed")
    assert same(run(folder, RECIPE, "killed"), whole)
    assert same(run(folder, RECIPE, "killed"), whole)  # and a third call changes nothing


def test_a_run_goes_on_longer_but_never_with_other_settings(folder: Path) -> None:
    first = run(folder, RECIPE, "run")
    longer = run(folder, replace(RECIPE, scenes=32), "run")
    assert not same(first, longer)
    with pytest.raises(DataError, match="another run"):
        run(folder, replace(RECIPE, rate=2e-2), "run")


def test_a_run_never_goes_on_over_more_scenes_in_another_order(folder: Path) -> None:
    run(folder, RECIPE, "run")
    joint_scenes.draw_part(joint_scenes.Part(folder, 1, SIDE))
    with pytest.raises(DataError, match="another run"):
        run(folder, replace(RECIPE, scenes=32), "run")


def test_in_a_world_of_twins_both_are_in_one_batch_and_judged_by_that_world(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joint_scenes.draw_part(joint_scenes.Part(folder, 0, SIDE, "twins"))
    joint_edits.draw_part(joint_edits.Part(folder, 0, SCENES, SIDE, "twins"))
    shown: list[list[int]] = []

    def fitting(rows: Sequence[Row], world: World, *, long: bool) -> list[tuple[int, int]]:
        assert not long
        shown.append([row.index for row in rows])
        assert world == "twins"
        return []

    look, looked = joint.look, []
    monkeypatch.setattr(joint, "fitting", fitting)
    monkeypatch.setattr(joint, "look", lambda *given: looked.append(given) or look(*given))
    run(folder, replace(RECIPE, world="twins"), "twins")
    (_, pictures, _, _), (_, targets, _, _) = looked
    picture, target = scene_of(3, "twins"), edit_of(0, "twins")
    assert target is not None
    assert np.array_equal(pictures[np.array([3])][0], np.asarray(draw(picture, SIDE)))
    assert np.array_equal(targets[np.array([0])][0], np.asarray(draw(target.target, SIDE)))
    assert len(shown) == 6
    for batch in shown:
        assert [first + 1 for first in batch[::2]] == batch[1::2]
        assert not any(first % 2 for first in batch[::2])


def test_a_carried_run_goes_on_with_the_base_that_it_is_told(folder: Path) -> None:
    run(folder, RECIPE, "run")
    weights = folder / "base/model.safetensors"
    save_file({name: w.half().float() for name, w in load_file(weights).items()}, weights, FORMAT)
    (folder / "else").mkdir()
    carry(folder / "run/joint-state.safetensors", folder / "else")
    with pytest.raises(DataError, match="another run"):
        run(folder, replace(RECIPE, scenes=32), "else")
    rounded = joint.load(folder / "base").base["fingerprint"]
    carry(folder / "run/joint-state.safetensors", folder / "else", rounded)
    run(folder, replace(RECIPE, scenes=32), "else")
    assert lines(folder / "else/joint.jsonl", "start")[-1]["seen"] == 24


def test_a_step_of_that_stretch_is_trained_on_without_speech(folder: Path) -> None:
    run(folder, replace(RECIPE, dense_from=0, dense=24), "dense")
    (step,) = lines(folder / "dense/joint.jsonl", "step")
    assert step["autoregressive"] == 0
    assert "edits" not in step
    assert min(step["contrastive"], step["twins"], step["text_text"]) > 0


def test_e5_v_never_looks_at_a_picture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = joint.load

    def blind(base: Path) -> Any:
        encoder = load(base)
        monkeypatch.setattr(encoder.model, "image_side", None)
        monkeypatch.setattr(encoder.model, "look", None)
        return encoder

    monkeypatch.setattr(joint, "load", blind)
    weights = run(folder, replace(RECIPE, pictures=False), "e5v")
    (step,) = lines(folder / "e5v/joint.jsonl", "step")
    assert step["text_text"] > 0
    assert step["contrastive"] == step["autoregressive"] == 0
    assert any(value.abs().sum() > 0 for name, value in weights.items() if "lora_B" in name)


def test_the_tower_looks_at_each_picture_once_whatever_is_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, looked = joint.load, []

    def counting(base: Path) -> Any:
        encoder = load(base)
        look = encoder.model.look
        monkeypatch.setattr(
            encoder.model, "look", lambda given: looked.append(len(given)) or look(given)
        )
        return encoder

    monkeypatch.setattr(joint, "load", counting)
    run(folder, RECIPE, "one")
    assert sum(looked) == 2 * SCENES
    run(folder, replace(RECIPE, rate=1e-3), "two")
    assert sum(looked) == 2 * SCENES


def test_the_progress_is_measured_on_the_way_and_at_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint, "score", lambda encoder, count: {"image_R@1": float(count)})
    stage = Stage(folder, workers=0, scored=5, every=8)
    assert stage.train(RECIPE, folder, folder / "base/adapter") == {"image_R@1": 5.0}
    scored = lines(folder / "joint.jsonl", "scored")
    assert [line["seen"] for line in scored] == [8, 16, 24]


def test_eight_pictures_are_learned(folder: Path) -> None:
    recipe = replace(
        RECIPE, scenes=640, batch=8, rank=8, rate=1e-2, negatives=0, edits=0.0, text_text=0.0
    )
    run(folder, recipe, "learned")
    steps = lines(folder / "learned/joint.jsonl", "step")
    assert steps[-1]["contrastive"] < 0.87 * steps[0]["contrastive"]
    assert steps[-1]["autoregressive"] < 0.95 * steps[0]["autoregressive"]


def test_pictures_can_be_compared_with_long_captions_and_speak_short_ones(folder: Path) -> None:
    encoder = joint.load(folder / "base")
    drawn, targets = joint.Drawn(folder, 28), joint.Targets(folder, 28)
    seen = joint.look(encoder, drawn, SCENES, folder / "features/scenes")
    after = joint.look(encoder, targets, SCENES, folder / "features/edits")
    rows = [Rows(SCENES, RECIPE.wants(SCENES))[number] for number in range(3)]
    turned = replace(RECIPE, contrast="long", spoken="short")
    plain, other = (
        batch_of(encoder.model, rows, seen, after, recipe) for recipe in (RECIPE, turned)
    )
    assert plain.short == [row.short for row in rows]
    assert list(plain.twins) == [(at, *twin) for at, row in enumerate(rows) for twin in row.twins]
    assert len(plain.twins) == sum(len(row.negatives) for row in rows) > 0
    assert list(plain.long) == encoder.model.caption_ids([row.long for row in rows])
    assert other.short == [row.long for row in rows]
    assert list(other.long) == encoder.model.caption_ids([row.short for row in rows])
    short = replace(RECIPE, long_tokens=5)
    assert [len(ids) for ids in batch_of(encoder.model, rows, seen, after, short).long] == [5] * 3


def test_an_edit_belongs_to_its_own_scene_and_to_what_that_becomes(folder: Path) -> None:
    encoder = joint.load(folder / "base")
    seen = joint.look(encoder, joint.Drawn(folder, 28), SCENES, folder / "features/scenes")
    after = joint.look(encoder, joint.Targets(folder, 28), SCENES, folder / "features/edits")
    rows = [Rows(SCENES, RECIPE.wants(4))[number] for number in (6, 2, 5, 0)]
    batch = batch_of(encoder.model, rows, seen, after, RECIPE)
    assert [row for row, _ in batch.edits] == [1, 3]
    assert [text for _, text in batch.edits] == [rows[1].edit, rows[3].edit]
    assert isinstance(batch.targets, Features)
    assert torch.equal(batch.targets.tokens, after.take([2, 0]).tokens)


def test_the_command_line_names_every_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint, "score", lambda *_: {"mean": 1.0})
    command = (
        f"joint {folder} --out {folder}/row --scenes 40 --batch 4 --rank 3 --no-soft-prompts "
        "--text-text 0 --edits 0 --negatives 0 --autoregressive 0 --workers 0 --sweep 1e-3,2e-3"
    )
    monkeypatch.setattr("sys.argv", command.split())
    joint.main()
    facts = json.loads((folder / "row/adapter/adapter.json").read_text())
    assert facts["shape"]["rank"] == 3
    assert facts["training"] == {
        "recipe": asdict(
            Recipe(
                scenes=40, batch=4, rate=1e-3, rank=3, soft_prompts=False,
                text_text=0.0, edits=0.0, negatives=0, autoregressive=0.0,
            )
        ),
        "seen": 40,
    }  # fmt: skip
    tried = json.loads((folder / "row/sweep.json").read_text())
    assert tried == {"0.001": {"mean": 1.0}, "0.002": {"mean": 1.0}}
    assert lines(folder / "row/sweep-0.002/joint.jsonl", "start")[0]["total"] == 4
