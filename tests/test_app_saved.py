"""`vladva saved`: what it lists, asks, runs and says of a wrong name."""

import json
from pathlib import Path

import pytest
from app_colours import load_colours, paint
from app_fakes import index

import vladva.encoders
from vladva.app.__main__ import run
from vladva.indexes.library import Library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Library.open(tmp_path / "library", create=True).close()
    return tmp_path / "library"


def saved(folder: Path, *args: str, code: int = 0) -> None:
    assert run(["--library", str(folder), "saved", *args]) == code


def test_searches_are_saved_listed_renamed_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(folder, "save", "Dogs", "a dog", "--limit", "5", "--sort", "date")
    saved(folder, "save", "bay", "--", "-people")
    capsys.readouterr()
    saved(folder)
    assert capsys.readouterr().out == "bay: -people  (20)\nDogs: a dog  (newest first, 5)\n"
    saved(folder, "rename", "dogs", "Hounds")
    saved(folder, "remove", "BAY")
    capsys.readouterr()
    for args in (["--json"], ["list", "--json"]):
        saved(folder, *args)
        (row,) = json.loads(capsys.readouterr().out)
        assert row.pop("created").endswith("+00:00")
        assert row == {"name": "Hounds", "query": "a dog", "limit": 5, "sort": "date"}


def test_a_name_that_is_taken_is_replaced_only_when_it_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(folder, "save", "dogs", "first")
    saved(folder, "save", "DOGS", "second", code=1)
    assert "--replace" in capsys.readouterr().err
    saved(folder, "save", "DOGS", "second", "--replace")
    saved(folder, "list")
    assert "DOGS: second" in capsys.readouterr().out


def test_a_wrong_name_gets_the_nearest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(folder)
    assert "None is saved yet" in capsys.readouterr().err
    saved(folder, "save", "holiday", "the sea")
    saved(folder, "run", "holidya", code=1)
    assert "Did you mean 'holiday'?" in capsys.readouterr().err


def test_a_saved_search_is_run_with_what_was_saved_and_what_follows(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Library.open(folder, create=False) as library:
        index(library, paint(tmp_path / "photos"))
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_colours)
    saved(folder, "save", "sunset", "red", "--limit", "2")
    capsys.readouterr()
    saved(folder, "run", "sunset", "--no-server", "--paths")
    paths = capsys.readouterr().out.split()
    assert Path(paths[0]).name == "red.jpg"
    assert len(paths) <= 2
    saved(folder, "run", "sunset", "--no-server", "--paths", "--limit", "1")
    assert len(capsys.readouterr().out.split()) == 1
