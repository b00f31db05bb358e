"""A session: one encoder, loaded once, and the right one."""

import threading
from pathlib import Path

import numpy as np
import pytest
from app_colours import COLOURS, ColourEncoder, paint
from app_fakes import index

from vladva.app.session import OneAtATime, Session
from vladva.app.wish import Wish
from vladva.errors import LibraryError, ModelError
from vladva.indexes.library import Library
from vladva.protocols import Encoder, Vectors


class Loads:
    """Loads colour encoders and notes which."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, **_options: object) -> Encoder:
        self.names.append(name)
        return ColourEncoder(name, f"colours-of-{name}")


def test_the_encoder_is_loaded_once_and_again_when_another_one_is_in_use(tmp_path: Path) -> None:
    photos, loads = paint(tmp_path / "photos"), Loads()
    with Library.open(tmp_path / "library", create=True) as library:
        session = Session(library, loads)
        with pytest.raises(LibraryError, match="Nothing is indexed yet"):
            session.find(Wish("red", limit=3))
        assert loads.names == []
        index(library, photos, encoder=loads("one"))
        assert session.find(Wish("red", limit=3))["model"] == "one"
        session.find(Wish("blue", limit=3))
        assert loads.names == ["one", "one"]  # by the test, by the session
        index(library, photos, encoder=loads("two"))
        answer = session.find(Wish("red", limit=3))
        assert (answer["model"], answer["fingerprint"]) == ("two", "colours-of-two")
        assert loads.names == ["one", "one", "two", "two"]


def test_the_encoder_of_the_first_run_is_kept_for_the_first_search(tmp_path: Path) -> None:
    loads = Loads()
    with Library.open(tmp_path / "library", create=True) as library:
        session = Session(library, loads)
        index(library, paint(tmp_path / "photos"), encoder=session.encoder("mini"))
        assert session.find(Wish("red", limit=1))["searched"] == len(COLOURS)
        assert loads.names == ["mini"]


def test_a_failure_is_kept_while_warming_and_raised_at_the_question(tmp_path: Path) -> None:
    def load(name: str, **_options: object) -> Encoder:
        raise ModelError(f"{name} is broken.")

    with Library.open(tmp_path / "library", create=True) as library:
        session = Session(library, load)
        session.warm()
        assert session.state == "failed"
        assert session.error is not None
        with pytest.raises(ModelError, match="is broken"):
            session.encoder()


def test_threads_take_turns_at_the_encoder() -> None:
    busy = threading.Event()
    overlaps = []

    class Watched(ColourEncoder):
        def encode_texts(self, texts: object) -> Vectors:
            overlaps.append(busy.is_set())
            busy.set()
            threading.Event().wait(0.01)
            busy.clear()
            return np.ones((1, 4), dtype=np.float32)

    encoder = OneAtATime(Watched())
    threads = [threading.Thread(target=encoder.encode_texts, args=(["x"],)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [False] * 8
