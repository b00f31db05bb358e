"""`vladva train` around a run that is only played: what it tells, keeps, and puts to use."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import app_fakes
import app_stage
import pytest
from app_colours import COLOURS, paint
from app_stage import METRICS, Play, Stage, chosen, objects, played, train

from vladva.app import run_folder
from vladva.app.__main__ import run
from vladva.app.adapters import PACKAGED, Adapters
from vladva.errors import TrainingError
from vladva.indexes.library import Library
from vladva.trainer import run as trainer
from vladva.trainer.events import (
    Event,
    Saved,
    Started,
    Summary,
    Verdict,
)

on_stage = app_stage.on_stage
home = app_stage.home


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


@pytest.mark.parametrize("is_pages", [True, False])
def test_a_run_of_the_page_that_ends_in_a_terminal_leaves_nothing_to_go_on_with(
    on_stage: Callable[[Play], Stage], tmp_path: Path, is_pages: bool
) -> None:
    out, folder = tmp_path / "holiday", tmp_path / "library"
    if is_pages:
        run_folder.hold(out).release()
    (out / "checkpoints").mkdir(parents=True)
    on_stage(played("refused"))
    train("rows.jsonl", "--out", str(out), library=folder)
    assert (out / "checkpoints").exists() != is_pages


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
