"""Two encoders that need no weights: one that knows all that is true, and one that knows nothing.

`Drawing` stands in for `draw`: it paints a scene's number, so that an encoder can recognize it, and
takes down what every text says and which picture every edit leads to.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from vladva.benchmarks import pictures, toyland_edits
from vladva.benchmarks.registry import Models, Setup, run
from vladva.errors import Unsupported
from vladva.protocols import Generator, Prepared, Vectors
from vladva.toyland.edits import Edit, edits
from vladva.toyland.facts import Exists, Fact, Phrase, Said
from vladva.toyland.scene import KINDS, Scene
from vladva.toyland.truth import fits
from vladva.toyland.voice import Voice

DIM = 1024


@dataclass
class Drawing:
    """What was drawn, said and edited."""

    numbers: dict[Scene, int] = field(default_factory=dict)
    facts: dict[str, tuple[Fact, ...]] = field(default_factory=dict)
    targets: dict[tuple[Scene, str], Scene] = field(default_factory=dict)

    def draw(self, scene: Scene, size: int = 256) -> Image.Image:
        assert size == 256
        number = self.number(scene)
        return Image.new("RGB", (1, 1), (number // 256, number % 256, 0))

    def number(self, scene: Scene) -> int:
        return self.numbers.setdefault(scene, len(self.numbers))

    def says(self, text: str) -> Said:
        if text not in self.facts:
            kind = next(word for word in text.split() if word in KINDS)
            self.facts[text] = (Exists(Phrase(kind=kind)),)
        return Said(text, self.facts[text])


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """Everything is drawn by number while a test runs."""
    made = Drawing()
    caption = Voice.caption

    def remembered(voice: Voice, facts: Sequence[Fact]) -> str:
        text = caption(voice, facts)
        made.facts[text] = tuple(facts)
        return text

    def followed(scene: Scene, *args: object, **more: object) -> list[Edit]:
        found = edits(scene, *args, **more)  # type: ignore[arg-type]
        made.targets.update({(scene, edit.instruction): edit.target for edit in found})
        return found

    monkeypatch.setattr(pictures, "draw", made.draw)
    monkeypatch.setattr(Voice, "caption", remembered)
    monkeypatch.setattr(toyland_edits, "edits", followed)
    return made


@dataclass(frozen=True)
class Number:
    """Picture → the number that is painted on it."""

    version: str = "number"

    def __call__(self, image: Image.Image) -> Prepared:
        return {"number": np.asarray(image).reshape(-1)[:2].astype(np.int64) @ np.array([256, 1])}


@dataclass
class Perfect:
    """A picture is an axis of its own, a text the pictures that it fits; ties by chance."""

    drawing: Drawing
    name: str = "perfect"
    fingerprint: str = "perfect"
    dim: int = DIM
    on_cpu: bool = True
    prepare: Number = field(default_factory=Number)
    two_towers: bool = False

    def encode(self, prepared: Sequence[Prepared]) -> Vectors:
        return np.eye(DIM, dtype=np.float32)[[int(one["number"]) for one in prepared]]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._text(text) for text in texts])

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        if self.two_towers:
            raise Unsupported("two towers")
        scenes = list(self.drawing.numbers)
        targets = [self.drawing.targets[scenes[int(one["number"])], text] for one, text in queries]
        return np.eye(DIM, dtype=np.float32)[[self.drawing.number(scene) for scene in targets]]

    def _text(self, text: str) -> Vectors:
        if text in {instruction for _, instruction in self.drawing.targets}:
            return chance(text)
        said = self.drawing.says(text)
        there = np.zeros(DIM, np.float32)
        there[[n for one, n in self.drawing.numbers.items() if fits(one, said) != "no"]] = 1
        length = max(1.0, float(np.linalg.norm(there)))
        vector = there / length + 1e-4 * chance(text) * np.sqrt(DIM)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@dataclass
class Ignorant:
    """Every picture and every text anywhere."""

    name: str = "ignorant"
    fingerprint: str = "ignorant"
    dim: int = DIM
    on_cpu: bool = True
    prepare: Number = field(default_factory=Number)

    def encode(self, prepared: Sequence[Prepared]) -> Vectors:
        return np.stack([chance(f"picture {int(one['number'])}") for one in prepared])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.stack([chance(text) for text in texts])

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        return np.stack([chance(f"{int(one['number'])} {text}") for one, text in queries])


def chance(name: str) -> Vectors:
    """The unit vector [DIM] of a name, anywhere."""
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    vector = np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
    return vector / np.linalg.norm(vector)


def without_generator() -> Generator:
    """What makes the generative half of an encoder that has none."""
    raise Unsupported("no generator")


def figures(name: str, encoder: Perfect | Ignorant, setup: Setup) -> dict[str, float]:
    """The figures of an encoder without a generator."""
    return run(name, Models(encoder, without_generator), setup)
