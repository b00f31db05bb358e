"""Folders of runs: what waits there to go on, and that only one program works in each."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import app_played
import pytest
from app_colours import paint
from app_played import LONG, TRAINED, halfway, telling, until

from vladva.app import run_folder
from vladva.app.__main__ import run
from vladva.app.runs import Runs
from vladva.app.train_wish import TrainWish, out_folder
from vladva.errors import LibraryError
from vladva.indexes.library import Library
from vladva.trainer.config import load_config
from vladva.trainer.output import Output


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return paint(tmp_path / "photos")


@pytest.fixture
def runs(library: Library, tmp_path: Path) -> Iterator[Runs]:
    made = Runs(library, app_played.program("accepted", tmp_path))
    yield made
    made.close(0)


def leave_checkpoint(library: Library, name: str) -> Path:
    place = out_folder(library, name) / "checkpoints" / "step-00000030"
    place.mkdir(parents=True)
    return place


def stop_halfway(runs: Runs) -> None:
    until(runs, lambda: halfway(runs))
    runs.stop()
    runs.wait(LONG)


def test_what_was_trained_but_not_kept_can_go_on(
    runs: Runs, library: Library, photos: Path
) -> None:
    runs.program = telling(json.dumps(TRAINED), code=1)
    saved = leave_checkpoint(library, "full")
    runs._begin(TrainWish("full", str(photos)), {}, resume=False)
    runs.wait(LONG)
    assert (runs.state.stage, runs.as_json()["unfinished"]) == ("failed", "full")
    out = out_folder(library, "full")
    app_played._leave(out, "accepted")
    runs.program = telling(code=1)
    runs.resume()
    runs.wait(LONG)
    assert saved.exists()
    Output(out, load_config("mini", ()), resume=True)  # raises where an adapter lies there


def test_a_run_that_was_stopped_is_kept_while_another_one_learns(
    runs: Runs, photos: Path, tmp_path: Path
) -> None:
    first = TrainWish("holiday", str(photos))
    runs.start(first)
    stop_halfway(runs)
    second = TrainWish("second", str(photos))
    runs.start(second)
    assert (runs.as_json()["unfinished"], runs.as_json()["kept"]) == (None, ["holiday"])
    stop_halfway(runs)
    assert (runs.as_json()["unfinished"], runs.as_json()["kept"]) == ("second", ["holiday"])
    (tmp_path / "go").touch()
    runs.resume()
    runs.wait(LONG)
    assert (runs.state.stage, runs.unfinished()) == ("done", first)


def test_another_program_leaves_a_run_alone_that_is_at_work(
    runs: Runs, library: Library, photos: Path
) -> None:
    wish = TrainWish("holiday", str(photos))
    runs.start(wish)
    until(runs, lambda: halfway(runs))
    leave_checkpoint(library, wish.name)
    other = Runs(library, telling())
    assert other.as_json()["unfinished"] is None
    with pytest.raises(LibraryError, match="No run waits"):
        other.resume()
    with pytest.raises(LibraryError, match="at work in another program"):
        other._begin(wish, {}, resume=True)
    assert not other.state.running
    runs.stop()
    runs.wait(LONG)
    assert other.unfinished() == wish


def test_a_terminal_waits_for_the_run_of_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, photos = tmp_path / "runs/mine", paint(tmp_path / "photos")
    words = ["--library", str(tmp_path / "library"), "train", str(photos), "--out", str(out)]
    lock = run_folder.hold(out)
    assert run([*words, "--resume"]) == 1
    told = capsys.readouterr().err
    assert "The run mine is at work in another program." in told
    assert "stop it on its own page" in told
    assert not out.exists()
    lock.release()
    assert run([*words, "--resume", "--recipe", "no-such-recipe"]) == 1
    assert "at work" not in capsys.readouterr().err


def test_while_a_terminal_works_there_no_page_does(tmp_path: Path) -> None:
    out = tmp_path / "mine"
    run_folder.hold(out).release()
    with run_folder.alone(out):
        assert run_folder.at_work(out)
        with pytest.raises(LibraryError, match="at work"):
            run_folder.hold(out)
    assert not run_folder.at_work(out)


def test_a_folder_that_no_page_knows_gets_no_lock(tmp_path: Path) -> None:
    with run_folder.alone(tmp_path / "mine"):
        assert list(tmp_path.iterdir()) == []


def test_the_process_of_a_page_works_under_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mine"
    lock = run_folder.hold(out)
    for name in (run_folder.HELD, "RANK"):  # and of several processes the others
        with monkeypatch.context() as patched:
            patched.setitem(os.environ, name, "1")
            with run_folder.alone(out):
                assert run_folder.at_work(out)
        assert run_folder.at_work(out)
    lock.release()


def test_a_run_is_known_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    lock = run_folder.hold(out)
    monkeypatch.chdir(out)
    assert run_folder.at_work(Path())
    lock.release()
