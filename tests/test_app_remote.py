"""Asking a running page from the terminal, and working alone whenever that fails."""

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import app_fakes
import pytest
from app_colours import COLOURS
from app_fakes import Page, page, serving
from PIL import Image

import vladva.encoders
from vladva.app import remote
from vladva.app.__main__ import run
from vladva.errors import VladvaError

coloured = app_fakes.coloured


@pytest.fixture(scope="module")
def shown(coloured: Path) -> Iterator[Page]:
    with page(coloured) as made, serving(made):
        yield made


@pytest.fixture
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever loads a model here has not asked the page."""

    def refuse(name: str, **_options: object) -> None:
        raise VladvaError(f"loaded {name} in the terminal")

    monkeypatch.setattr(vladva.encoders, "load_encoder", refuse)


def test_the_note_is_for_its_owner_only_and_goes_again(tmp_path: Path) -> None:
    note = remote.new_note(1234)
    remote.leave(tmp_path, note)
    assert stat.S_IMODE((tmp_path / remote.NOTE).stat().st_mode) == 0o600
    assert remote.read(tmp_path) == note
    remote.take_away(tmp_path, remote.new_note(1234))
    assert remote.read(tmp_path) == note  # another page's note stays
    remote.take_away(tmp_path, note)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_no_model")
def test_a_running_page_answers_search_similar_and_match(
    shown: Page, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    library = ["--library", str(shown.library.folder)]
    inside = shown.library.folder.parent / "photos" / "red.jpg"
    assert run([*library, "search", "a red wall", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert Path(answer["results"][0]["path"]) == inside
    assert "id" not in answer["results"][0]
    assert run([*library, "similar", str(inside), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert Path(answer["results"][0]["path"]).name == "yellow.jpg"
    picture, texts = tmp_path / "sky.png", tmp_path / "texts"
    Image.new("RGB", (40, 40), COLOURS["blue"]).save(picture)
    texts.write_text("ein rotes Auto\na blue wall\n", encoding="utf-8")
    for more, best in (([], "a blue wall"), (["--texts", str(texts)], "a blue wall")):
        assert run([*library, "match", str(picture), "--json", *more]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert (answer["image"], answer["results"][0]["text"]) == (str(picture), best)


@pytest.mark.usefixtures("_no_model")
def test_no_server_means_no_server(shown: Page, capsys: pytest.CaptureFixture[str]) -> None:
    library = ["--library", str(shown.library.folder)]
    assert run([*library, "search", "red", "--no-server"]) == 1
    assert "loaded mini in the terminal" in capsys.readouterr().err


@pytest.mark.usefixtures("_no_model")
def test_an_error_of_the_page_is_told_as_the_terminals_own(
    shown: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(shown.library.folder), "similar", __file__]) == 1
    told = capsys.readouterr().err
    assert "known format" in told
    assert "terminal" not in told


def test_a_page_of_another_library_is_not_believed(shown: Page, tmp_path: Path) -> None:
    note = remote.read(shown.library.folder)
    assert note is not None
    remote.leave(tmp_path, remote.Note(note.pid, note.port, "another token"))
    assert remote.ask(tmp_path, "/api/search", {"q": "red"}) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid":1,"port":"x","token":"t"}'])
def test_a_note_that_makes_no_sense_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / remote.NOTE).write_text(text, encoding="utf-8")
    assert remote.ask(tmp_path, "/api/search", {"q": "red"}) is None


def test_a_note_that_nobody_answers_is_passed_over(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        remote.leave(tmp_path, remote.new_note(bound.getsockname()[1]))
        assert remote.ask(tmp_path, "/api/search", {"q": "red"}) is None
