"""Generators that need no weights: pictures are painted numbers, what is said is written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles import Drawing, Ignorant

from vladva.benchmarks import pictures
from vladva.benchmarks.registry import Models
from vladva.protocols import Generator, Prepared, Style
from vladva.toyland.scene import Scene

Answer = Callable[[Scene, str], float]
Tell = Callable[[Scene, Style], str]


@dataclass
class Speaker:
    """Says what it is told to say about the scene behind a picture."""

    drawing: Drawing
    answer: Answer = lambda _scene, _text: 0.5
    tell: Tell = lambda _scene, _style: ""
    asked: list[tuple[Scene, tuple[str, ...]]] = field(default_factory=list)

    def caption(self, prepared: Sequence[Prepared], style: Style) -> list[str]:
        return [self.tell(self._scene(one), style) for one in prepared]

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        scene = self._scene(picture)
        self.asked.append((scene, tuple(questions)))
        return np.array([self.answer(scene, text) for text in questions], np.float32)

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        return [self.p_yes(*pair) for pair in zip(pictures, questions, strict=True)]

    def _scene(self, picture: Prepared) -> Scene:
        return list(self.drawing.numbers)[int(picture["number"])]


def painted(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """From now on a picture is its scene's number."""
    drawing = Drawing()
    monkeypatch.setattr(pictures, "draw", drawing.draw)
    return drawing


def models(speaker: Generator) -> Models:
    """A model whose encoder knows nothing and whose generator is this one."""
    return Models(Ignorant(), lambda: speaker)
