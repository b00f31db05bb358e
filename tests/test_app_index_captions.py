"""`vladva index --captions`: who writes, what is said, and what is refused before anything runs."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from app_colours import ColourEncoder, paint
from numpy.typing import NDArray

import vladva.encoders
from vladva.app.__main__ import run
from vladva.indexes.captions import Counts, counts
from vladva.indexes.library import Library
from vladva.protocols import Encoder, Prepared, Style


class Talker:
    """Knows how bright a picture is."""

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        return [f"{style}, brightness {float(one['colour'].mean()):.1f}" for one in pictures]

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError


class TalkingEncoder(ColourEncoder):
    def generator(self) -> Talker:
        return Talker()


def load_talking(name: str, **_options: object) -> Encoder:
    return TalkingEncoder(name)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_talking)
    folder = paint(tmp_path / "photos", captions=False)
    (folder / "red.txt").write_text("a rose\n", encoding="utf-8")
    return folder


def call(tmp_path: Path, *args: str, code: int = 0) -> None:
    assert run(["--library", str(tmp_path / "library"), "index", *args]) == code


def test_captions_are_events_and_are_counted(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(tmp_path, str(photos), "--captions", "long", "--json")
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    captioned = [one for one in told if one["event"] == "captioned"]
    assert len(captioned) == 5
    assert all(one["caption"].startswith("long, brightness") for one in captioned)
    assert told[-1]["captioned"] == 5
    with Library.open(tmp_path / "library", create=False) as library:
        assert counts(library) == Counts(own=1, machine=5, none=0)


def test_the_summary_says_how_many(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(tmp_path, str(photos), "--captions", "short")
    assert "5 captioned" in capsys.readouterr().out
    call(tmp_path, str(photos), "--captions", "short")
    assert "captioned" not in capsys.readouterr().out


def test_a_model_that_only_embeds_is_refused_before_anything_is_indexed(
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call(tmp_path, str(photos), "--captions", "short", "--model", "siglip2-base", code=1)
    told = capsys.readouterr().err
    assert "siglip2-base only embeds" in told
    assert "mini" in told
    monkeypatch.setattr(vladva.encoders, "load_encoder", lambda name, **_: ColourEncoder(name))
    call(tmp_path, str(photos), "--captions", "short", code=1)  # no preset tells it
    assert "only embeds" in capsys.readouterr().err
    with Library.open(tmp_path / "library", create=False) as library:
        assert library.active() is None


def test_captions_are_not_promised_for_another_program(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library.open(tmp_path / "library", create=True) as library, library.lock():
        call(tmp_path, str(photos), "--captions", "short", code=1)
    assert "Another program holds the library" in capsys.readouterr().err
