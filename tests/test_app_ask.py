"""A question that a running page does not take is answered here."""

import io
from pathlib import Path
from typing import Any

import app_fakes
import pytest
from app_colours import COLOURS, load_colours
from fastapi import UploadFile
from PIL import Image

import vladva.encoders
from vladva.app import api_search, ask, remote

coloured = app_fakes.coloured


class Page:
    """Takes the texts that the page's own route takes, and remembers them."""

    def __init__(self) -> None:
        self.taken: list[list[str]] = []

    def ask(self, _folder: Path, _path: str, _query: object, *, files: remote.Files) -> Any:
        texts = UploadFile(io.BytesIO(dict(files)["texts"]))
        self.taken.append(api_search._lines(texts) or [])
        return {"results": "of the page"}


@pytest.fixture
def page(coloured: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    made = Page()
    remote.leave(coloured, remote.new_note(1))
    monkeypatch.setattr(remote, "ask", made.ask)
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_colours)
    return made


def test_a_page_answers_what_it_takes(coloured: Path, page: Page, tmp_path: Path) -> None:
    found = ask.match(coloured, picture(tmp_path), ["red", "blue"], 1, server=True)
    assert found["results"] == "of the page"
    assert page.taken == [["red", "blue"]]


@pytest.mark.parametrize(
    "more",
    [
        [f"red {i}" for i in range(api_search.MAX_TEXTS)],
        ["red " * api_search.MAX_QUERY],
        ["red\u2028green"],
    ],
    ids=["many", "long", "one line of two"],
)
def test_texts_that_a_page_does_not_take_as_they_are_are_matched_here(
    more: list[str], coloured: Path, page: Page, tmp_path: Path
) -> None:
    found = ask.match(coloured, picture(tmp_path), [*more, "blue"], 1, server=True)
    assert [hit["text"] for hit in found["results"]] == ["blue"]
    assert page.taken == []


def picture(folder: Path) -> Path:
    file = folder / "sky.png"
    Image.new("RGB", (40, 40), COLOURS["blue"]).save(file)
    return file
