"""Captions that the model writes for rows that lack a kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import tiny
from numpy.typing import NDArray
from rows_on_disk import Shrink, write_jsonl, write_photos

from vladva.encoders import load_encoder
from vladva.errors import DataError
from vladva.protocols import Generator, Prepare, Prepared, Style
from vladva.trainer.captions import Pair, generate
from vladva.trainer.data import Data, Routing, open_data
from vladva.trainer.events import Preparing, Skipped

ROWS = [
    {"short": "its own", "long": "all its own"},
    {"short": "its own"},
    {"long": "all its own"},
    {},
    {},
]


class Teller:
    """Says the picture's brightness, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Style] = []

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        self.asked += [style] * len(pictures)
        return [f"{style} {one['pixel_values'].sum():.0f} " for one in pictures]

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError


@pytest.fixture
def data(tmp_path: Path) -> Data:
    names = write_photos(tmp_path, len(ROWS))
    rows = [{"image": name, **row} for name, row in zip(names, ROWS, strict=True)]
    return open_data(write_jsonl(tmp_path / "x.jsonl", rows), Routing(captionless=True))


def run(
    data: Data, file: Path, teller: Generator, key: str = "k", prepare: Prepare | None = None
) -> tuple[dict[str, Pair], list[Preparing | Skipped]]:
    rows = np.arange(len(data))
    events = generate(teller, data, rows, prepare or Shrink(), file, key=key, batch=2)
    told = []
    while True:
        try:
            told.append(next(events))
        except StopIteration as end:
            return dict(end.value), told


def test_only_what_a_row_lacks_is_written(data: Data, tmp_path: Path) -> None:
    teller = Teller()
    made, told = run(data, tmp_path / "made.jsonl", teller)
    assert sorted(teller.asked) == ["long"] * 3 + ["short"] * 3
    assert list(made) == [f"x.jsonl:{line}" for line in (2, 3, 4, 5)]
    assert made["x.jsonl:2"][0] is None
    assert made["x.jsonl:3"][1] is None
    brightness = int(Shrink()(data[3].image.load())["pixel_values"].sum())
    assert made["x.jsonl:4"] == (f"short {brightness}", f"long {brightness}")
    assert told == [Preparing("captions", done, 4) for done in (0, 2, 4)]


def test_nothing_is_asked_twice(data: Data, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    made, _ = run(data, file, Teller())
    again = Teller()
    assert run(data, file, again)[0] == made
    assert again.asked == []


def test_a_file_that_a_kill_tore_is_mended(data: Data, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    made, _ = run(data, file, Teller())
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    for torn in (whole[:-5], b"".join([*lines[:3], b"{bro\n", *lines[4:]])):
        file.write_bytes(torn)
        teller = Teller()
        assert run(data, file, teller)[0] == made
        assert 0 < len(teller.asked) <= 2
        teller = Teller()
        assert run(data, file, teller)[0] == made
        assert teller.asked == []


def test_another_key_and_rows_that_moved_are_asked_anew(data: Data, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    made, _ = run(data, file, Teller())
    teller = Teller()
    run(data, file, teller, key="another model")
    assert len(teller.asked) == 6
    lines = (tmp_path / "x.jsonl").read_text().splitlines()
    moved = write_jsonl(tmp_path / "x.jsonl", [lines[0], lines[1], lines[2], lines[4], lines[3]])
    teller = Teller()
    other, _ = run(open_data(moved, Routing(captionless=True)), file, teller, key="another model")
    assert sorted(teller.asked) == ["long", "long", "short", "short"]
    assert other["x.jsonl:4"] == made["x.jsonl:5"]


def test_a_picture_that_cannot_be_read_is_told(data: Data, tmp_path: Path) -> None:
    (tmp_path / "003.png").unlink()
    made, told = run(data, tmp_path / "made.jsonl", Teller())
    assert "x.jsonl:4" not in made
    assert Skipped("x.jsonl:4", "the file is gone") in told


def test_a_file_that_cannot_be_written_is_told(data: Data, tmp_path: Path) -> None:
    (tmp_path / "made.jsonl").mkdir()
    with pytest.raises(DataError, match="captions cannot be written") as caught:
        run(data, tmp_path / "made.jsonl", Teller())
    assert "--set captions.generate=false" in caught.value.hint


def test_a_real_generator_fills_every_row(data: Data, tmp_path: Path) -> None:
    encoder = cast("Any", load_encoder(str(tiny.checkpoint("mini")), adapter=None))
    made, _ = run(data, tmp_path / "made.jsonl", encoder.generator(), prepare=encoder.prepare)
    assert set(made) == {f"x.jsonl:{line}" for line in (2, 3, 4, 5)}
