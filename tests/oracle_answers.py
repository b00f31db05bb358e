"""A generator that knows a drawn scene and reads the questions of a search; it may err."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from oracles import Drawing, Number
from speakers import Answer, Speaker

from vladva.benchmarks.bags import MEANINGS, spoken, vector_of
from vladva.benchmarks.registry import Models
from vladva.protocols import Prepared, Vectors
from vladva.toyland.facts import Fact
from vladva.toyland.read import read
from vladva.toyland.scene import Scene
from vladva.toyland.truth import holds

_OPENING = re.compile(
    r"^(?:is|are) there |^does the picture show |^was the picture taken |^can you see "
)


def claims(question: str) -> tuple[Fact, ...]:
    """What a question asks for."""
    said = _OPENING.sub("", question.rstrip("?"))
    found = read(said) or read(f"a picture {said}") or read(f"some {said}") or read(f"a {said}")
    assert found, question
    return found


def truthful(error: float = 0.0) -> Answer:
    """0.95 or 0.05 by the facts; the wrong way round for so large a share of all questions."""

    def answer(scene: Scene, question: str) -> float:
        truth = {holds(scene, fact) for fact in claims(question)}
        if "borderline" in truth and "no" not in truth:
            return 0.5
        key = f"{scene.split} {scene.seed} {scene.index} {scene.look} {scene.things} {question}"
        digest = hashlib.blake2b(key.encode(), digest_size=4).digest()
        wrong = int.from_bytes(digest) / 2**32 < error
        return 0.95 if (truth == {"yes"}) != wrong else 0.05

    return answer


@dataclass
class Bags:
    """An encoder that knows which things and colours are there, and not who has which."""

    drawing: Drawing
    name: str = "bags"
    fingerprint: str = "bags"
    dim: int = len(MEANINGS)
    on_cpu: bool = True
    prepare: Number = field(default_factory=Number)

    def encode(self, prepared: Sequence[Prepared]) -> Vectors:
        scenes = list(self.drawing.numbers)
        return _unit([vector_of(scenes[int(one["number"])]) for one in prepared])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return _unit([spoken(text) for text in texts]) if texts else np.empty((0, self.dim), "f4")

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        raise NotImplementedError


def knowing(drawing: Drawing, answer: Answer) -> Models:
    """A bag of words, and a mouth that answers so."""
    return Models(Bags(drawing), lambda: Speaker(drawing, answer))


def _unit(rows: Sequence[np.ndarray]) -> Vectors:
    vectors = np.stack(rows) + 1e-6
    return cast("Vectors", (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("f4"))
