"""Marks from the terminal and over the page's routes: set, undone, listed, and trained on."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_colours import paint
from app_fakes import index, page
from starlette.testclient import TestClient

from vladva.app import training
from vladva.app.__main__ import run
from vladva.indexes.library import Library
from vladva.trainer.data import open_data
from vladva.trainer.examples import Routing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, paint(tmp_path / "photos"))
    return tmp_path / "library"


@pytest.fixture
def photos(folder: Path) -> Path:
    return folder.parent / "photos"


def vladva(folder: Path, *args: str | Path, code: int = 0) -> None:
    assert run(["--library", str(folder), *map(str, args)]) == code


def listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, list[str]]]:
    capsys.readouterr()
    vladva(folder, "marks", "--json")
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert all(row["since"].endswith("+00:00") for row in rows)
    return sorted((row["query"], row["mark"], row["paths"]) for row in rows)


def test_files_are_marked_listed_and_forgotten(
    folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    red, blue = str(photos / "red.jpg"), str(photos / "blue.jpg")
    vladva(folder, "mark", "a  sunset", red, blue, "--right")
    vladva(folder, "mark", "a sunset", blue, "--wrong")
    vladva(folder, "mark", "--wrong", "--", "-people", red)
    assert listed(folder, capsys) == [
        ("-people", "wrong", [red]),
        ("a sunset", "right", [red]),
        ("a sunset", "wrong", [blue]),
    ]
    vladva(folder, "marks")
    assert f"wrong  a sunset: {blue}\n" in capsys.readouterr().out
    vladva(folder, "mark", "a sunset", red, "--forget")
    assert listed(folder, capsys) == [("-people", "wrong", [red]), ("a sunset", "wrong", [blue])]


def test_all_marks_of_a_query_are_forgotten_also_of_photos_that_left(
    folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vladva(folder, "mark", "a sunset", photos / "red.jpg", photos / "blue.jpg", "--right")
    vladva(folder, "mark", "snow", photos / "white.jpg", "--right")
    vladva(folder, "forget", photos)
    assert listed(folder, capsys)[0] == ("a sunset", "right", [])
    vladva(folder, "marks")
    assert "snow: (not in the library any more)" in capsys.readouterr().out
    vladva(folder, "mark", "a sunset", "--forget", "--json")
    assert json.loads(capsys.readouterr().out) == {"query": "a sunset", "forgotten": 2}
    assert listed(folder, capsys) == [("snow", "right", [])]


def test_a_mark_holds_for_every_copy(
    folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "rose.jpg").write_bytes((photos / "red.jpg").read_bytes())
    with Library.open(folder, create=False) as library:
        index(library, photos)
    vladva(folder, "mark", "a sunset", photos / "rose.jpg", "--right")
    both = [str(photos / "red.jpg"), str(photos / "rose.jpg")]
    assert listed(folder, capsys) == [("a sunset", "right", both)]
    vladva(folder, "marks")
    assert "(and 1 more like it)" in capsys.readouterr().out


def test_files_that_are_not_in_the_library_are_skipped_by_name(
    folder: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = tmp_path / "strange.jpg"
    vladva(folder, "mark", "snow", photos / "white.jpg", strange, "--right", code=3)
    assert f"skipped: {strange} is not in the library" in capsys.readouterr().err
    assert listed(folder, capsys) == [("snow", "right", [str(photos / "white.jpg")])]
    vladva(folder, "mark", "snow", strange, "--right", code=1)
    assert "vladva index" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["snow", "white.jpg"], 2, "--right, --wrong and --forget"),
        (["snow", "white.jpg", "--right", "--forget"], 2, "--right, --wrong and --forget"),
        (["snow", "--right"], 2, "Name the photos"),
        ([" ", "white.jpg", "--right"], 1, "needs the query"),
    ],
)
def test_a_mark_that_says_too_little_or_too_much_is_refused(
    folder: Path, args: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.chdir(folder.parent / "photos"):
        vladva(folder, "mark", *args, code=code)
    assert said in capsys.readouterr().err
    assert listed(folder, capsys) == []


def test_an_empty_list_says_how_to_begin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vladva(folder, "marks")
    told = capsys.readouterr()
    assert told.out == ""
    assert "vladva mark QUERY FILE --right" in told.err


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with page(folder) as made:
        yield TestClient(made.app, base_url="http://127.0.0.1:7860")


def first(client: TestClient, words: str) -> str:
    found: str = client.get("/api/search", params={"q": words}).json()["results"][0]["id"]
    return found


def test_the_page_marks_what_training_reads(client: TestClient, folder: Path) -> None:
    red = f"/api/marks/{first(client, 'red')}"
    asked = {"q": "a sunset"}
    assert client.get(red, params=asked).json() == {"mark": None}
    for query, said in (("a sunset", "right"), ("snow", "wrong"), ("fog", "right"), ("fog", None)):
        assert client.put(red, json={"query": query, "mark": said}).json() == {"mark": said}
    assert client.get(red, params=asked).json() == {"mark": "right"}
    assert client.get(red, params={"q": "fog"}).json() == {"mark": None}
    plan = training.Plan("mini", None, generate=False)
    made = training.library_rows(folder, folder.parent / "out", plan)
    data = open_data(made.file, Routing())
    rows = {Path(one.image.path).name: one for one in map(data.__getitem__, range(len(data)))}
    assert rows["red.jpg"].short == ("a sunset", "a red wall")
    assert rows["red.jpg"].negatives == ("snow",)
    assert rows["blue.jpg"].negatives == ()


@pytest.mark.parametrize(
    ("photo", "body", "status"),
    [
        (None, {"query": " ", "mark": "right"}, 400),
        (None, {"query": "x" * 3000, "mark": "right"}, 422),
        (None, {"query": "x", "mark": "perhaps"}, 422),
        ("0" * 24, {"query": "x", "mark": "right"}, 409),
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(
    client: TestClient, photo: str | None, body: dict[str, str], status: int
) -> None:
    reply = client.put(f"/api/marks/{photo or first(client, 'red')}", json=body)
    assert reply.status_code == status
