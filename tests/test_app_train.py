"""`vladva train` around a run that is only played: what it tells, keeps, and puts to use."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import app_fakes
import pytest
from app_adapters import write_adapter
from app_colours import COLOURS, paint

from vladva.app import training
from vladva.app.__main__ import run
from vladva.app.adapters import PACKAGED, Adapters
from vladva.errors import ConfigError, DataError, LibraryError, TrainingError
from vladva.indexes.library import Library
from vladva.trainer import run as trainer
from vladva.trainer.events import (
    Evaluated,
    Event,
    Preparing,
    Saved,
    Skipped,
    Started,
    Step,
    Summary,
    Verdict,
)

METRICS = {"image_R@1": 5.0, "image_R@10": 61.04, "image_chance_R@10": 5.0, "log_loss": 2.5}
Play = Callable[[trainer.Settings], Iterator[Event]]


class Stage:
    """Plays a run instead of training, and notes what it was asked for."""

    def __init__(self, play: Play) -> None:
        self.asked: list[trainer.Settings] = []
        self._play = play

    def start(self, settings: trainer.Settings) -> Iterator[Event]:
        self.asked.append(settings)
        return self._play(settings)


def played(verdict: Verdict | None, stopped: str | None = None, steps: int = 2) -> Play:
    def play(settings: trainer.Settings) -> Iterator[Event]:
        yield Started("mini", 180, 20, 2, steps, 0, 600_000, 5_200_000)
        yield Preparing("features", 180, 180)
        yield Skipped("a.jsonl:3", "no such file")
        for step in range(1, steps + 1):
            yield Step(step, steps, 3.0, 2.0, 1.0, 1e-4, 12.5, 1000, 1.0, {"text_text": 0.25})
        yield Evaluated(steps, METRICS)
        yield Saved(steps, str(settings.out / "checkpoints"))
        if stopped is None:
            write_adapter(settings.out)
        yield Summary(str(settings.out), steps, 61.0, METRICS, verdict, "gain 0.1", stopped)

    return play


@pytest.fixture
def on_stage(monkeypatch: pytest.MonkeyPatch) -> Callable[[Play], Stage]:
    def put(play: Play) -> Stage:
        stage = Stage(play)
        monkeypatch.setattr(trainer, "start", stage.start)
        return stage

    return put


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the library lies that nobody named."""
    monkeypatch.setattr("vladva.indexes.library.default_library_folder", lambda: tmp_path / "home")
    return tmp_path / "home"


FEW = ["--set", "data.held_out=0"]
"""Nothing is held out, so that a few photos are enough."""


def train(*args: str, library: Path | None = None, code: int = 0) -> None:
    named = [] if library is None else ["--library", str(library)]
    assert run([*named, "train", *args]) == code


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def chosen(folder: Path) -> str:
    with Library.open(folder, create=False) as library:
        return Adapters(library).chosen("mini")


def test_json_is_one_event_a_line_and_its_last_one_carries_the_verdict(
    on_stage: Callable[[Play], Stage],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    home: Path,
) -> None:
    on_stage(played("refused"))
    train("rows.jsonl", "--out", str(tmp_path / "out"), "--json")
    told = capsys.readouterr()
    lines = objects(told.out)
    assert [line["event"] for line in lines] == [
        "start", "preparing", "skipped", "step", "step", "eval", "checkpoint", "summary",
    ]  # fmt: skip
    assert lines[3].items() >= {
        "step": 1, "loss": 3.0, "contrastive": 2.0, "autoregressive": 1.0, "lr": 1e-4,
        "samples_per_second": 12.5, "peak_memory_bytes": 1000, "text_text": 0.25,
    }.items()  # fmt: skip
    assert lines[-1].items() >= {
        "adapter": str(tmp_path / "out"), "steps": 2, "seconds": 61.0, "metrics": METRICS,
        "verdict": "refused", "accepted": False,
    }.items()  # fmt: skip
    assert "Refused: worse than what is in use" in told.err


@pytest.mark.parametrize("verdict", ["accepted", "refused", "undecided"])
def test_a_run_ends_well_whatever_the_gate_says(
    verdict: Verdict,
    on_stage: Callable[[Play], Stage],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    home: Path,
) -> None:
    on_stage(played(verdict))
    train("rows.jsonl", "--out", str(tmp_path / "out"))
    told = capsys.readouterr()
    assert f"{verdict.capitalize()}: " in told.out
    assert "gain 0.1" in told.out
    assert "image R@10 61.0 %, image chance R@10 5.0 %, log loss 2.500" in told.out
    assert f"vladva index FOLDER --adapter {tmp_path / 'out'}" in told.out
    assert not home.exists()  # no library was named, and there is none
    assert "Training mini on 180 rows and 20 held out (2 unusable): 2 steps" in told.err
    assert "0.60 M of 5.20 M parameters learn" in told.err
    assert "skipped a.jsonl:3: no such file" in told.err
    assert "step 2 of 2: loss 3.000 = contrast 2.000 + words 1.000 + text_text 0.250" in told.err


def test_an_accepted_adapter_is_kept_and_used_at_a_cost_that_is_said(
    on_stage: Callable[[Play], Stage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, folder = paint(tmp_path / "photos"), tmp_path / "library"
    with Library.open(folder, create=True) as library:
        app_fakes.index(library, photos)
    stage = on_stage(played("accepted"))
    train("rows.jsonl", "--out", str(tmp_path / "holiday"), library=folder)
    said = capsys.readouterr().out
    assert "kept in the library as holiday, and in use for mini" in said
    assert f"{len(COLOURS)} photos have to be embedded anew" in said
    assert f"  vladva --library {folder} index {photos}\n" in said
    assert chosen(folder) == "holiday"
    with Library.open(folder, create=False) as library:
        (kept,) = Adapters(library).all()
        assert (kept.verdict, kept.metrics, kept.model) == ("accepted", METRICS, "mini")
    on_stage(stage.start)
    train("rows.jsonl", "--out", str(tmp_path / "next"), library=folder)
    assert stage.asked[-1].in_use == folder / "adapters" / "holiday"  # what the gate compares with


def test_one_that_is_not_better_is_kept_but_stays_off(
    on_stage: Callable[[Play], Stage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "named library"  # made, since it was named
    stage = on_stage(played("undecided"))
    train("rows.jsonl", "--out", str(tmp_path / "holiday"), library=folder)
    said = capsys.readouterr().out
    assert "stays off" in said
    assert f"vladva --library '{folder}' adapters use holiday" in said
    assert chosen(folder) == PACKAGED
    assert stage.asked[0].in_use == "packaged"
    assert run(["--library", str(folder), "adapters", "use", "holiday"]) == 0
    assert chosen(folder) == "holiday"


def test_every_option_reaches_the_run(
    on_stage: Callable[[Play], Stage], tmp_path: Path, home: Path
) -> None:
    stage = on_stage(played("refused"))
    train(
        "shard-{000..010}.tar", "--out", str(tmp_path / "out"), "--model", "mini", "--recipe",
        "mini", "--set", "optim.lr=3e-4", "--set", "run.seed=7", "--resume", "--device", "cpu",
    )  # fmt: skip
    (asked,) = stage.asked
    assert (asked.data, asked.out) == (Path("shard-{000..010}.tar"), tmp_path / "out")
    assert (asked.model, asked.recipe, asked.device) == ("mini", "mini", "cpu")
    assert (asked.changes, asked.resume) == (("optim.lr=3e-4", "run.seed=7"), True)


@pytest.mark.parametrize("args", [[], ["rows.jsonl", "--from-library"]])
def test_the_data_is_named_once(args: list[str], tmp_path: Path) -> None:
    train(*args, "--out", str(tmp_path / "out"), code=2)


def test_a_setting_that_cannot_be_is_refused_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    train("rows.jsonl", "--out", str(tmp_path / "out"), "--set", "optim.lt=1", code=1)
    assert "optim.lr" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_ctrl_c_lets_the_run_save_and_says_how_it_goes_on(
    on_stage: Callable[[Play], Stage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(settings: trainer.Settings) -> Iterator[Event]:
        yield Started("mini", 180, 20, 0, 9, 0, 1, 2)
        os.kill(os.getpid(), signal.SIGINT)
        assert settings.stop.wait(5)
        yield Summary(str(settings.out), 4, 1.0, {}, None, "", "stopped after step 4 of 9")

    on_stage(play)
    before = signal.getsignal(signal.SIGINT)
    out, folder = tmp_path / "my run", tmp_path / "library"
    train("rows.jsonl", "--out", str(out), "--set", "run.seed=7", library=folder, code=130)
    told = capsys.readouterr()
    assert "Ctrl-C again ends at once" in told.err
    assert "Stopped after step 4 of 9. To go on:" in told.out
    again = f"train rows.jsonl --out '{out}' --model mini --set run.seed=7 --resume"
    assert f"vladva --library {folder} {again}\n" in told.out
    assert not folder.exists()  # nothing was made that could be kept
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_at_once(
    on_stage: Callable[[Play], Stage], tmp_path: Path, home: Path
) -> None:
    def play(settings: trainer.Settings) -> Iterator[Event]:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            yield Saved(1, "x")
        raise AssertionError("it went on")

    on_stage(play)
    train("rows.jsonl", "--out", str(tmp_path / "out"), code=130)


def test_a_run_that_cannot_go_on_is_an_error(
    on_stage: Callable[[Play], Stage],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    home: Path,
) -> None:
    def play(_settings: trainer.Settings) -> Iterator[Event]:
        yield Saved(1, "x")
        raise TrainingError("The loss is no longer finite.", "Lower optim.lr.")

    on_stage(play)
    train("rows.jsonl", "--out", str(tmp_path / "out"), code=1)
    assert "Lower optim.lr." in capsys.readouterr().err


def test_a_process_of_many_that_has_nothing_to_say_says_nothing(
    on_stage: Callable[[Play], Stage],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    home: Path,
) -> None:
    on_stage(lambda _settings: iter(()))
    train("rows.jsonl", "--out", str(tmp_path / "out"), "--json")
    assert capsys.readouterr() == ("", "")


def test_the_library_gives_its_captioned_photos(
    on_stage: Callable[[Play], Stage], tmp_path: Path
) -> None:
    photos, folder, out = paint(tmp_path / "photos"), tmp_path / "library", tmp_path / "out"
    (photos / "blue.txt").write_text("a blue wall\n\n the sea\n", encoding="utf-8")
    (photos / "black.txt").unlink()
    for name in ("another.jpg", "the last.jpg"):  # of the same content: once, with its caption
        shutil.copy(photos / "red.jpg", photos / name)
    with Library.open(folder, create=True) as library:
        app_fakes.index(library, photos)
    (photos / "white.jpg").unlink()
    stage = on_stage(played("refused"))
    train("--from-library", "--out", str(out), *FEW, library=folder)
    assert stage.asked[0].data == out / "library.jsonl"
    rows = objects((out / "library.jsonl").read_text(encoding="utf-8"))
    assert {row["image"]: row["caption"] for row in rows} == {
        str(photos / "red.jpg"): ["a red wall"],
        str(photos / "green.jpg"): ["a green wall"],
        str(photos / "blue.jpg"): ["a blue wall", "the sea"],
        str(photos / "yellow.jpg"): ["a yellow wall"],
    }
    (photos / "green.jpg").unlink()
    train("--from-library", "--out", str(out), *FEW, "--resume", library=folder)
    assert len(objects((out / "library.jsonl").read_text(encoding="utf-8"))) == 4
    train("--from-library", "--out", str(tmp_path / "anew"), *FEW, library=folder)
    assert len(objects((tmp_path / "anew" / "library.jsonl").read_text(encoding="utf-8"))) == 3


def test_a_library_without_captions_offers_to_have_them_written(
    on_stage: Callable[[Play], Stage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, folder = paint(tmp_path / "photos", captions=False), tmp_path / "library"
    with Library.open(folder, create=True) as library:
        app_fakes.index(library, photos)
    stage = on_stage(played("refused"))
    train("--from-library", "--out", str(tmp_path / "out"), library=folder, code=1)
    assert "--set captions.generate=true" in capsys.readouterr().err
    assert (stage.asked, (tmp_path / "out").exists()) == ([], False)
    write = [*FEW, "--set", "captions.generate=true"]
    train("--from-library", "--out", str(tmp_path / "out"), *write, library=folder)
    rows = objects((tmp_path / "out" / "library.jsonl").read_text(encoding="utf-8"))
    assert rows == [{"image": str(photos / f"{name}.jpg")} for name in sorted(COLOURS)]


def test_a_library_that_is_empty_or_missing_gives_no_rows(tmp_path: Path) -> None:
    any_plan = training.Plan("mini", None, generate=False)
    with pytest.raises(LibraryError, match="no library"):
        training.library_rows(tmp_path / "none", tmp_path / "out", any_plan)
    with Library.open(tmp_path / "library", create=True):
        pass
    with pytest.raises(DataError, match="no photos") as error:
        training.library_rows(tmp_path / "library", tmp_path / "out", any_plan)
    assert "vladva index" in error.value.hint


@pytest.mark.parametrize(
    ("searched_with", "told", "base"),
    [
        (None, {}, "mini"),
        ("siglip2-base", {}, "mini"),  # it has no language model to train
        ("qwen2-vl-2b", {}, "qwen2-vl-2b"),
        ("qwen2-vl-2b", {"model": "llava-1.5-7b"}, "llava-1.5-7b"),
        ("qwen2-vl-2b", {"recipe": "mini"}, "mini"),
        ("qwen2-vl-2b", {"changes": ["model.name=llava-1.5-7b"]}, "llava-1.5-7b"),
    ],
)
def test_the_base_is_the_named_one_or_the_one_that_the_library_is_searched_with(
    searched_with: str | None, told: dict[str, Any], base: str, tmp_path: Path
) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        if searched_with:
            library.activate(searched_with, "f", 4)
    asked = {"model": None, "recipe": None, "changes": (), **told}
    plan = training.plan(tmp_path / "library", tmp_path / "out", **asked)
    assert (plan.model, plan.in_use) == (base, "packaged")


def test_nothing_is_written_among_the_photos_of_the_library(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        library.add_root(tmp_path / "photos")
    with pytest.raises(ConfigError, match="among the photos"):
        training.plan(tmp_path / "library", tmp_path / "photos" / "out", None, None, ())
