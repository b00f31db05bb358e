"""A page that opens: also over a library that cannot be written."""

import errno
from pathlib import Path

import pytest
from app_colours import load_colours, paint
from app_fakes import index
from starlette.testclient import TestClient

from vladva.app import opening, remote
from vladva.app.jobs import Indexing
from vladva.app.session import Session
from vladva.indexes.library import Library


def test_a_library_that_cannot_be_written_is_searched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path, _note: remote.Note) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(remote, "leave", refuse)
    monkeypatch.setattr(Indexing, "open", lambda _self: None)
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, paint(tmp_path / "photos"))
        session = Session(library, load_colours)
        with opening._made(session, opening.Opening(port=0), None, 7860) as app:
            client = TestClient(app, base_url="http://127.0.0.1:7860")
            answer = client.get("/api/search", params={"q": "red"}).json()
    assert Path(answer["results"][0]["path"]).name == "red.jpg"
