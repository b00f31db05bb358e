"""`vladva saved`: what it lists, asks, runs and says of a wrong name."""

import json
from pathlib import Path

import pytest
from app_colours import load_colours, paint
from app_fakes import index

import vladva.encoders
from vladva.app import ask
from vladva.app.__main__ import run
from vladva.app.answers import Answer
from vladva.app.wish import Wish
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
    saved(folder, "run", "--no-server", "--limit", "1", "--json", "sunset")
    (answer,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert len(answer["results"]) == 1
    assert answer["results"][0]["path"].endswith("red.jpg")
    saved(folder, "run", "--no-server", "--paths", "--limit", "1", "sunset", "--duplicates")
    assert len(capsys.readouterr().out.split()) == 1


def test_an_option_that_no_search_has_is_said_to_be_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(folder, "save", "dogs", "a dog")
    saved(folder, "run", "dogs", "--limt", "3", code=2)
    assert "--limit" in capsys.readouterr().err


def test_a_search_whose_newest_come_first_is_run_so_unless_another_order_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, int]] = []

    def find(_folder: Path, wish: Wish, *_rest: object, **_how: object) -> Answer:
        asked.append((wish.words, wish.sort, wish.limit))
        return {"results": []}

    monkeypatch.setattr(ask, "find", find)
    saved(folder, "save", "dogs", "a dog", "--sort", "date", "--limit", "5")
    saved(folder, "run", "dogs", "--paths")
    saved(folder, "run", "--sort", "relevance", "dogs", "--paths")
    assert asked == [("a dog", "date", 5), ("a dog", "relevance", 5)]
