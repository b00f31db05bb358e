"""A verifier that sees colours, photos of them, and what a test asks of both."""

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from fakes import ColourPrepare, write_colour
from numpy.typing import NDArray

from vladva.indexes.library import Library
from vladva.indexes.query.constraints import Constraint
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.indexes.ranking.verify import Candidate, Verdict, verify
from vladva.protocols import Prepare, Prepared, Style

COLOURS = ("red", "lime", "blue", "white", "black", "yellow")
Found = list[tuple[str, list[Verdict]]]


def constraint(text: str, kind: Literal["require", "forbid"] = "require") -> Constraint:
    return Constraint(text, kind, f"is it {text}?", "thing")


RED = constraint("red")


@dataclass
class Eyes:
    """Sees whether a picture has the colour that a question names."""

    batches: list[list[list[str]]] = field(default_factory=list)
    seconds: float = 0.0

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        raise NotImplementedError

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        return self.p_yes_many([picture], [questions])[0]

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        self.batches.append([list(asked) for asked in questions])
        time.sleep(self.seconds * len(pictures))
        return [
            np.array([0.9 if seen(picture) in text else 0.2 for text in asked], np.float32)
            for picture, asked in zip(pictures, questions, strict=True)
        ]

    @property
    def asked(self) -> int:
        return sum(len(questions) for batch in self.batches for questions in batch)


def seen(picture: Prepared) -> str:
    from PIL import Image

    cells = {np.argmax(ColourPrepare()(Image.new("RGB", (8, 8), c))["histogram"]): c
             for c in COLOURS}  # fmt: skip
    return cells[np.argmax(picture["histogram"])]


@pytest.fixture
def verdicts(tmp_path: Path) -> Iterator[Verdicts]:
    with Library.open(tmp_path / "library", create=True) as library:
        yield Verdicts(library)


def candidate(path: Path, name: str = "") -> Candidate:
    content = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    return Candidate(name or path.stem, str(path), content)


@pytest.fixture
def photos(tmp_path: Path) -> list[Candidate]:
    return [candidate(write_colour(tmp_path / f"{colour}.jpg", colour)) for colour in COLOURS]


def run(
    candidates: Sequence[Candidate],
    constraints: Sequence[Constraint],
    eyes: Eyes,
    verdicts: Verdicts,
    *,
    stop: threading.Event | None = None,
    prepare: Prepare | None = None,
) -> Iterator[tuple[str, list[Verdict]]]:
    return verify(
        candidates,
        constraints,
        eyes,
        prepare or ColourPrepare(),
        verdicts,
        fingerprint="eyes",
        stop=stop or threading.Event(),
    )
