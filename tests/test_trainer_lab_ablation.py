import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs import SCENES, SIDE, lab, lines
from safetensors.numpy import load_file

from vladva.adapters import attach
from vladva.errors import ConfigError
from vladva.trainer.lab import ablation, ablation_exams, ablation_size, edits, joint, scenes
from vladva.trainer.lab.ablation import RESULTS, Ablation, alike, results
from vladva.trainer.lab.ablation_base import BasePlan
from vladva.trainer.lab.ablation_exams import exams_of
from vladva.trainer.lab.ablation_rows import ROWS, row_of

FEW = tuple(
    replace(row, recipe=row.recipe and replace(row.recipe, batch=4, rank=min(row.recipe.rank, 2)))
    for row in ROWS
)


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ablation:
    monkeypatch.setattr(ablation, "ROWS", FEW)
    monkeypatch.setattr(ablation_exams, "SIDE", 32)
    exams_of.cache_clear()
    folder = lab(tmp_path, monkeypatch)
    scenes.draw_part(scenes.Part(folder, 0, SIDE, "twins"))
    edits.draw_part(edits.Part(folder, 0, SCENES, SIDE, "twins"))
    return Ablation(folder, "llava", items=2, workers=0)


def sized(few: Ablation, scenes: int = 8) -> None:
    ablation_size.search(few.place, few.base, lambda n: 70.0 if n >= scenes else 0.0)


@pytest.fixture
def small_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation_size, "LADDER", (4, 8, 16))


@pytest.mark.usefixtures("small_ladder")
def test_every_row_is_trained_and_judged_once(
    few: Ablation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sized(few)
    few.run([0])
    found = list(results(few.place / RESULTS))
    assert [line["row"] for line in found] == [row.name for row in ROWS]
    assert {line["scenes"] for line in found} == {8}
    for line in found:
        metrics = line["metrics"]
        assert {"replace", "swap", "add", "image_R@1", "text_R@1", "ITT", "TOT"} <= set(metrics)
        assert metrics["swap"] == pytest.approx((metrics["swap_obj"] + metrics["swap_att"]) / 2)
        assert ("joint_R@10" in metrics) == ("edits" in line["row"] or line["row"] == "all")
        assert ("contrastive" in line["losses"]) == (line["row"] != "zero")
    monkeypatch.setattr(joint, "Stage", None)
    few.run([0])  # nothing is left to do
    assert len(list(results(few.place / RESULTS))) == len(ROWS)


@pytest.mark.usefixtures("small_ladder")
def test_a_run_that_was_killed_between_rows_and_within_one_goes_on(
    few: Ablation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation, "ROWS", FEW[:4])
    sized(few)
    step, killed = ablation.joint.Course.step, []

    def until(self: Any, *args: Any, **told: Any) -> None:
        step(self, *args, **told)
        self.save()
        if len(killed) < 2:
            killed.append(self.seen)
            raise KeyboardInterrupt

    monkeypatch.setattr(joint.Course, "step", until)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            few.run([0, 1])
    with (few.place / ablation.RESULTS).open("a") as file:
        file.write('{"row": "soft", "se')  # a line that was cut short
    few.run([0, 1])
    found = [(line["seed"], line["row"]) for line in results(few.place / RESULTS)]
    assert found == [(seed, row.name) for seed in (0, 1) for row in FEW[:4]]
    starts = lines(few.place / "soft-0-8/joint.jsonl", "start")
    assert [line["seen"] for line in starts] == [0, 4, 8]


@pytest.mark.usefixtures("small_ladder")
def test_one_seed_shows_all_rows_the_same_scenes_and_asks_the_same_items(
    few: Ablation, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[tuple[int, str]]] = []
    loader = joint.loader

    def watched(rows: Any, numbers: Any, workers: int) -> Any:
        shown.append([(index, rows[index].short) for batch in numbers for index in batch])
        return loader(rows, numbers, workers)

    monkeypatch.setattr(joint, "loader", watched)
    for name in (
        "soft",
        "lora",
        "both",
        "both + ar",
        "both + text-text",
        "both + negatives",
        "all",
    ):
        few.result(row_of_few(name), 0, 8, name)
    few.result(row_of_few("both"), 1, 8, "other seed")
    assert all(one == shown[0] for one in shown[:-1])
    assert shown[-1] != shown[0]
    assert len({index for index, _ in shown[0]}) == SCENES
    one, other = exams_of(0, 2), exams_of(1, 2)
    assert exams_of(0, 2).exams[0].items == one.exams[0].items
    assert [item.positive for item in one.exams[0].items] != [
        item.positive for item in other.exams[0].items
    ]


def row_of_few(name: str) -> Any:
    return next(row for row in FEW if row.name == name)


def test_what_is_judged_is_what_the_benchmark_judges(few: Ablation) -> None:
    """But for the half precision in which tokens of pictures are kept."""
    from vladva.benchmarks import pictures, registry

    encoder = joint.load(few.folder / "base")
    own = exams_of(3, 12).take(encoder, few.place / "seen", edits=True)

    def none() -> Any:
        raise AssertionError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pictures, "SIDE", 32)
        setup = registry.Setup(seed=ablation_exams.SEED + 3, count=12)
        models = registry.Models(encoder, none)
        wanted: dict[str, float] = {}
        for name in ("retrieval", "sugarcrepe", "sugarcrepe-pp", "edits"):
            wanted |= registry.run(f"toyland-{name}", models, setup)
    assert set(own) - {"replace", "swap", "add"} <= set(wanted)
    apart = [abs(own[name] - wanted[name]) for name in own if name in wanted]
    assert np.mean(apart) < 1


@pytest.mark.usefixtures("small_ladder")
def test_nothing_is_run_before_the_size_was_chosen_for_this_base(
    few: Ablation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="was not chosen") as caught:
        few.run([0])
    assert "--size-search" in caught.value.hint
    monkeypatch.setattr(ablation, "ensure", None)  # not even the base is made
    monkeypatch.setattr("sys.argv", ["ablation", str(few.folder)])
    with pytest.raises(ConfigError, match="was not chosen"):
        ablation.main()
    ablation_size.search(few.place, "another base", lambda _: 70.0)
    with pytest.raises(ConfigError, match="was not chosen"):
        few.run([0])


def test_the_commands_choose_run_and_report(
    few: Ablation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ablation, "ROWS", FEW[:2])
    monkeypatch.setattr(ablation, "ensure", lambda *_: None)
    monkeypatch.setattr(ablation, "row_of", row_of_few)
    monkeypatch.setattr(ablation_size, "LADDER", (4,))
    command = ["ablation", str(few.folder), "--items", "2", "--workers", "0"]
    for more in (
        ["--size-search"],
        ["--seeds", "2", "--rows", "zero, soft"],
        ["--only", "5", "--rows", "zero,soft"],
        ["--report"],
    ):
        monkeypatch.setattr("sys.argv", [*command, *more])
        ablation.main()
    size = json.loads((few.place / "size.json").read_text())
    assert size["scenes"] == 4
    assert size["seed"] not in range(5)
    assert [line["seed"] for line in results(few.place / RESULTS)] == [0, 0, 1, 1, 5, 5]
    assert "| soft | zero |" in capsys.readouterr().out


def test_each_option_of_the_base_means_its_own_stage(
    few: Ablation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[BasePlan] = []
    monkeypatch.setattr(ablation, "ensure", lambda _folder, plan, _workers: made.append(plan))
    sizes = {"drawn": 11, "edits": 12, "vision": 13, "align": 14, "language": 15}
    options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr("sys.argv", ["ablation", str(few.folder), "--base-only", *options])
    ablation.main()
    assert made == [BasePlan("llava", **sizes)]


def test_a_report_is_of_one_base_one_size_and_one_count_of_items() -> None:
    made = {"row": "zero", "seed": 0, "backbone": "llava", "base": "b", "scenes": 8, "items": 2}
    odd = [{**made, "items": 3}, {**made, "base": "c"}, {**made, "scenes": 4}]
    assert alike([{**made, "seed": 1}, made, *odd]) == [{**made, "seed": 1}, made]
    fresh = [{**made, "exam": "new"}, {**made, "row": "soft", "exam": "new"}]
    assert alike([made, *fresh]) == fresh
    again = [{**each, "base": "c"} for each in fresh]
    assert alike([made, *fresh, *again]) == again
    assert alike([*fresh, again[0], again[0], again[0]]) == fresh
    assert alike([]) == []


def test_zero_is_the_bare_base_and_soft_has_no_lora(few: Ablation) -> None:
    zero = few.result(row_of_few("zero"), 0, 8, "zero")
    encoder = joint.load(few.folder / "base")
    assert zero["metrics"] == exams_of(0, 2).take(encoder, few.place / "seen", edits=False)
    few.result(row_of_few("soft"), 0, 8, "soft")
    assert set(load_file(few.place / "soft/adapter/adapter.safetensors")) == {
        "image_prompt",
        "text_prompt",
    }


def test_a_row_is_judged_by_what_its_adapter_says(few: Ablation) -> None:
    few.result(row_of_few("both"), 0, 8, "both")
    texts = ["a red car", "a dog left of a boat"]
    bare, plain, merged = (joint.load(few.folder / "base") for _ in range(3))
    attach(plain.model, few.place / "both/adapter", plain.base)
    ablation.tune(merged, few.place / "both/adapter")
    wanted = plain.encode_texts(texts)
    assert np.abs(merged.encode_texts(texts) - wanted).max() < 1e-5
    assert np.abs(bare.encode_texts(texts) - wanted).max() > 1e-3


def test_what_was_seen_of_one_exam_is_not_taken_for_another(few: Ablation) -> None:
    few.result(row_of_few("zero"), 0, 8, "zero")
    few.result(row_of_few("zero"), 1, 8, "zero")
    assert len({exams_of(seed, 2).digest for seed in (0, 1)}) == 2
    assert len(list((few.place / "seen").iterdir())) == 2


def test_an_unknown_row_gets_the_names_of_all() -> None:
    with pytest.raises(ConfigError, match="'boht' is no row") as caught:
        row_of("boht")
    assert "both + ar + edits" in caught.value.hint


def test_each_row_differs_from_the_one_it_is_held_against_in_one_point() -> None:
    for row in ROWS[2:-1]:
        other = row_of(row.against)
        assert row.recipe is not None
        assert other.recipe is not None
        one, against = row.recipe.settings(), other.recipe.settings()
        odd = [name for name in one if one[name] != against[name]]
        assert len(odd) == (2 if row.name == "lora" else 1), (row.name, odd)
    assert len({row.name for row in ROWS}) == len(ROWS)
