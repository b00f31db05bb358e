"""Who may work in the folder of a run: the page, its own process, a terminal; never two of them."""

import os
from pathlib import Path

import pytest
from app_colours import paint

from vladva.app import run_folder
from vladva.app.__main__ import run
from vladva.errors import LibraryError


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
    assert run([*words, "--resume"]) == 0


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
    monkeypatch.setitem(os.environ, run_folder.HELD, "1")
    with run_folder.alone(out):
        assert run_folder.at_work(out)
    assert run_folder.at_work(out)
    lock.release()
