"""Runs of the page as child processes: their states, one at a time, stopped, resumed, crashed."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import app_played
import pytest
from app_colours import paint
from app_fakes import index
from app_played import LONG, TRAINED, halfway, telling, until

from vladva.app import run_folder
from vladva.app import runs as runs_module
from vladva.app.adapters import PACKAGED, Adapters
from vladva.app.runs import Runs
from vladva.app.train_wish import TrainWish, check, free_name, out_folder
from vladva.errors import (
    ConfigError,
    DataError,
    LibraryError,
    ModelError,
    TrainingError,
    VladvaError,
)
from vladva.indexes.library import Library


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return paint(tmp_path / "photos")


@pytest.fixture
def begin(
    library: Library, photos: Path, tmp_path: Path
) -> Iterator[Callable[[str], tuple[Runs, TrainWish]]]:
    started: list[Runs] = []

    def start(ending: str) -> tuple[Runs, TrainWish]:
        runs = Runs(library, app_played.program(ending, tmp_path))
        started.append(runs)
        wish = TrainWish("holiday", str(photos))
        runs.start(wish)
        return runs, wish

    yield start
    for runs in started:
        runs.close(0)


def test_a_run_is_seen_while_it_learns_and_an_accepted_adapter_is_in_use(
    begin: Callable[[str], tuple[Runs, TrainWish]], library: Library, tmp_path: Path
) -> None:
    runs, _ = begin("accepted")
    assert runs.state.running
    until(runs, lambda: halfway(runs))
    seen = runs.as_json()["run"]
    assert (seen["stage"], seen["name"], seen["rate"]) == ("training", "holiday", 12.5)
    assert (seen["facts"]["rows"], seen["skips"]) == (160, 1)
    assert seen["curve"][-1][0] == halfway_step()
    assert Adapters(library).chosen("mini") == PACKAGED
    (tmp_path / "go").touch()
    runs.wait(LONG)
    seen = runs.as_json()["run"]
    assert (seen["stage"], seen["summary"]["verdict"]) == ("done", "accepted")
    assert seen["summary"]["reason"] == app_played.REASONS["accepted"]
    assert [one["step"] for one in seen["evals"]] == [0, 20, 40, 60]
    assert seen["moved"] == {
        "queries": 4, "earlier": 2, "later": 1, "first_before": 1, "first_after": 2,
    }  # fmt: skip
    assert Adapters(library).chosen("mini") == "holiday"
    json.dumps(runs.as_json())  # as a page reads it


def halfway_step() -> int:
    return app_played.STEPS // 2 - 1


def test_a_refused_adapter_is_kept_but_stays_off(
    begin: Callable[[str], tuple[Runs, TrainWish]], library: Library, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    runs, _ = begin("refused")
    runs.wait(LONG)
    assert runs.as_json()["run"]["summary"]["verdict"] == "refused"
    assert Adapters(library).chosen("mini") == PACKAGED
    assert [kept.verdict for kept in Adapters(library).all()] == ["refused"]


def test_a_second_run_waits_for_the_first(
    begin: Callable[[str], tuple[Runs, TrainWish]],
) -> None:
    runs, wish = begin("accepted")
    with pytest.raises(LibraryError, match="on its way"):
        runs.start(wish)
    with pytest.raises(LibraryError, match="on its way"):
        runs.resume()


def test_a_stopped_run_saves_itself_and_goes_on_also_in_another_program(
    begin: Callable[[str], tuple[Runs, TrainWish]], library: Library, tmp_path: Path
) -> None:
    runs, wish = begin("accepted")
    until(runs, lambda: halfway(runs))
    runs.stop()
    runs.wait(LONG)
    state = runs.as_json()
    assert (state["run"]["stage"], state["unfinished"]) == ("stopped", "holiday")
    assert state["run"]["message"] == "Stopped after step 30 of 60."
    later = Runs(library, app_played.program("accepted", tmp_path))
    assert later.unfinished() == wish
    (tmp_path / "go").touch()
    later.resume()
    later.wait(LONG)
    assert later.state.stage == "done"
    assert later.unfinished() is None
    assert not (out_folder(library, "holiday") / "checkpoints").exists()
    with pytest.raises(LibraryError, match="No run waits"):
        later.resume()


def test_a_crash_costs_only_the_run_and_says_why(
    begin: Callable[[str], tuple[Runs, TrainWish]],
) -> None:
    runs, _ = begin("crashed")
    runs.wait(LONG)
    assert (runs.state.stage, runs.state.message, runs.state.hint) == (
        "failed", "The loss is no longer finite.", "Lower optim.lr.",
    )  # fmt: skip
    assert runs.unfinished() is None


def test_a_run_that_hears_nothing_is_ended_with_the_program(library: Library, photos: Path) -> None:
    deaf = (
        "import json, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "told = dict(event='preparing', what='features', done=1, total=9);"
        "print(json.dumps(told), flush=True); time.sleep(600)"
    )
    runs = Runs(library, (sys.executable, "-c", deaf))
    runs.start(TrainWish("deaf", str(photos)))
    process = runs._process
    assert process is not None
    until(runs, lambda: runs.state.stage == "preparing")
    runs.close(0.5)
    process.wait(LONG)
    assert process.poll() is not None
    assert not runs.state.running


@pytest.mark.parametrize(
    ("wish", "kind", "said"),
    [
        (TrainWish("../out", "/"), ConfigError, "cannot be the name"),
        (TrainWish("a/b", "/"), ConfigError, "cannot be the name"),
        (TrainWish("packaged", "/"), ConfigError, "cannot be the name"),
        (TrainWish("", "/"), ConfigError, "cannot be the name"),
        (TrainWish("a", "photos"), ConfigError, "whole path"),
        (TrainWish("a", "/no/such/folder"), DataError, "no such file or folder"),
        (TrainWish("a", "/", "mimi"), ConfigError, "mini"),
        (TrainWish("a", "/", None, ("optim.lt=1",)), ConfigError, "optim.lr"),
        (TrainWish("a", "/", None, ("model.name=llava-1.5-13b",)), ModelError, "not on this"),
        (TrainWish("a"), DataError, "no photos"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    wish: TrainWish, kind: type[VladvaError], said: str, library: Library
) -> None:
    runs = Runs(library, ("/no/such/program",))
    with pytest.raises(kind, match=said):
        runs.start(wish)
    assert not runs.state.running
    assert not (library.folder / "training").exists()


def test_a_library_with_too_few_words_is_refused_with_what_can_be_done(
    library: Library, photos: Path
) -> None:
    index(library, photos)
    with pytest.raises(DataError, match=r"Only 6 of 6 photos .* needs 40"):
        check(library, TrainWish("a"))
    outlook = check(library, TrainWish("a", None, None, ("data.held_out=0",)))
    assert (outlook.model, outlook.rows, outlook.held_out) == ("mini", 6, 0)


def test_names_of_runs_and_adapters_are_taken(library: Library, photos: Path) -> None:
    assert free_name(library) == "mine"
    out = out_folder(library, "mine")
    out.mkdir(parents=True)
    (out / "library.jsonl").touch()  # of a run that was refused: the name is free
    assert free_name(library) == "mine"
    (out / "journal.jsonl").touch()
    assert free_name(library) == "mine-2"
    with pytest.raises(ConfigError, match="already"):
        check(library, TrainWish("mine", str(photos)))


def test_a_run_whose_process_cannot_be_started_leaves_everything_as_it_was(
    library: Library, photos: Path
) -> None:
    runs = Runs(library, ("/no/such/program",))
    before = runs.state
    for wish in (TrainWish("a", str(photos)), TrainWish("a", str(photos), None, ("run.seed=1\0",))):
        runs.program = ("/no/such/program",) if not wish.changes else (sys.executable,)
        with pytest.raises(TrainingError, match="cannot be started"):
            runs._begin(wish, {}, resume=False)
        assert runs.state is before
        assert not run_folder.at_work(out_folder(library, "a"))
    runs.program = telling(json.dumps(TRAINED))
    runs.start(TrainWish("a", str(photos)))
    runs.wait(LONG)
    assert runs.state.stage == "done"


def test_lines_that_are_no_events_do_not_hinder_a_run(library: Library, photos: Path) -> None:
    odd = ("null", "5", "[1]", '{"event": "eval", "step": 1, "metrics": 5}', "[" * 100_000)
    runs = Runs(library, telling(*odd, json.dumps(TRAINED)))
    runs.start(TrainWish("odd", str(photos)))
    runs.wait(LONG)
    assert (runs.state.stage, runs.state.evals) == ("done", [])


def test_ranks_that_cannot_be_read_are_unknown(library: Library, photos: Path) -> None:
    runs = Runs(library, telling(json.dumps(TRAINED)))
    out = out_folder(library, "odd")
    out.mkdir(parents=True)
    (out / "held_out.safetensors").write_bytes(b"no ranks")
    runs._begin(TrainWish("odd", str(photos)), {}, resume=False)
    runs.wait(LONG)
    assert (runs.state.stage, runs.state.moved) == ("done", None)


def test_a_run_ends_also_where_looking_after_it_goes_wrong(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("threading.excepthook", lambda args: told.append(args.exc_type))

    def broken(_out: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runs_module, "moved_queries", broken)
    runs = Runs(library, telling(json.dumps(TRAINED)))
    runs.start(TrainWish("a", str(photos)))
    runs.wait(LONG)
    assert (runs.state.stage, told) == ("done", [ZeroDivisionError])
    assert not run_folder.at_work(out_folder(library, "a"))


def test_a_run_that_is_saving_itself_is_not_cut_off_by_the_end_of_the_program(
    library: Library, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = (
        "import pathlib, signal, sys, time\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "def save(*_):\n"
        "    (folder / 'saving').touch()\n"
        "    while not (folder / 'go').exists(): time.sleep(0.02)\n"
        "    (folder / 'saved').touch()\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "(folder / 'ready').touch()\n"
        "time.sleep(600)\n"
    )
    runs = Runs(library, (sys.executable, "-c", slow))
    runs.start(TrainWish("slow", str(photos)))
    try:
        until(runs, (tmp_path / "ready").exists)
        runs.stop()
        until(runs, (tmp_path / "saving").exists)
        process = runs._process
        assert process is not None
        waits = process.wait

        def save_now(seconds: float | None = None) -> int:
            (tmp_path / "go").touch()
            return waits(seconds)

        monkeypatch.setattr(process, "wait", save_now)
        runs.close(LONG)
    finally:
        runs.close(0)
    assert (tmp_path / "saved").exists()
