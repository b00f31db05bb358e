"""The captions that fit a picture: read in small turns, and kept while the library has them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from app_colours import COLOURS, ColourEncoder
from PIL import Image

from vladva.indexes.matching import AT_ONCE, Matcher
from vladva.indexes.ranking.calibrate import Calibrator
from vladva.indexes.snapshot import Snapshot
from vladva.protocols import Vectors


class Counting(ColourEncoder):
    """Remembers which texts it was given at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[list[str]] = []

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        self.turns.append(list(texts))
        return super().encode_texts(texts)


def library_of(captions: Sequence[str]) -> Snapshot:
    paths = [f"/p/{i:05}.jpg" for i in range(len(captions))]
    facts = pa.table({"caption": list(captions), "path": paths})
    return Snapshot(1, facts, [np.zeros((len(captions), 4), np.float32)], np.arange(len(captions)))


def blue() -> Image.Image:
    return Image.new("RGB", (16, 16), COLOURS["blue"])


def test_many_captions_are_read_in_turns_and_each_once() -> None:
    encoder = Counting()
    matcher = Matcher(encoder, lambda: Calibrator(None, None, None))
    captions = [f"a red wall {i}" for i in range(2 * AT_ONCE)] + ["a blue wall"]
    best = matcher.captions(blue(), library_of(captions), 3)[0]
    assert (best.text, best.path) == ("a blue wall", f"/p/{2 * AT_ONCE:05}.jpg")
    assert [len(turn) for turn in encoder.turns] == [AT_ONCE, AT_ONCE, 1]
    matcher.captions(blue(), library_of([*captions, "a new wall"]), 3)
    assert encoder.turns[3:] == [["a new wall"]]


def test_captions_that_the_library_has_no_more_are_let_go() -> None:
    encoder = Counting()
    matcher = Matcher(encoder, lambda: Calibrator(None, None, None))
    matcher.captions(blue(), library_of(["a red wall", "a blue wall"]), 3)
    left = matcher.captions(blue(), library_of(["a blue wall"]), 3)
    assert [hit.text for hit in left] == ["a blue wall"]
    matcher.captions(blue(), library_of(["a red wall", "a blue wall"]), 3)
    assert [sorted(turn) for turn in encoder.turns] == [
        ["a blue wall", "a red wall"],
        ["a red wall"],
    ]
