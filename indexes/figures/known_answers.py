"""Drawn libraries, encoded → questions as a calibration takes them, with the answers known.

Refuses to know how they are drawn (`drawn_library`) and what is learned from them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vladva.benchmarks.pictures import encode_scenes
from vladva.indexes.figures.drawn_library import DrawnLibrary, draw_library
from vladva.indexes.ranking.background import best_of, height_of
from vladva.indexes.ranking.fitting import Example
from vladva.protocols import Encoder, Vectors
from vladva.toyland.invent import invent
from vladva.toyland.scene import Split, rng
from vladva.toyland.words import caption_facts

BANK = 200
BANK_SEED = 777


@dataclass(frozen=True)
class Encoded:
    """A drawn library with the vectors of its scenes [n, dim] and questions [q, dim]."""

    library: DrawnLibrary
    scenes: Vectors
    asked: Vectors


def encoded(encoder: Encoder, split: Split, seed: int, scenes: int, each: int) -> Encoded:
    """Draw and encode a library and its questions."""
    library = draw_library(split, seed, scenes, each)
    texts = [question.text for question in library.questions]
    pictures = encode_scenes(encoder, library.scenes, lambda _done, _total: None)
    return Encoded(library, pictures, encoder.encode_texts(texts))


def drawn_bank() -> tuple[str, ...]:
    """Everyday questions of the drawn world: a caption each of scenes that are in no library."""
    return tuple(
        caption_facts(invent("train", BANK_SEED, i), rng("train", BANK_SEED, i, "bank"), 1)[0].text
        for i in range(BANK)
    )


def examples(one: Encoded, bank: Vectors, size: int | None = None) -> Iterator[Example]:
    """The questions to the library's first `size` scenes (None: all of them).

    A question whose answers are all beyond these is left out.
    """
    scenes = one.scenes[:size]
    height = height_of(best_of(bank @ scenes.T))
    for question, query in zip(one.library.questions, one.asked, strict=True):
        true, unsure = (_below(rows, len(scenes)) for rows in (question.true, question.unsure))
        if len(true) or not question.true:
            yield Example(scenes @ query, true, height, question.sort, unsure)


def beside(one: Encoded, labels: int = 10) -> Vectors:
    """Scenes that one caption alone fits, against it and others that surely do not fit [k, labels].

    The right one comes first.
    """
    numbers = [i for i, q in enumerate(one.library.questions) if q.sort == "one"]
    found = []
    for place, number in enumerate(numbers):
        (scene,) = one.library.questions[number].true
        others = _strangers(one.library, scene, numbers[place + 1 :] + numbers[:place])
        if len(others) >= labels - 1:
            texts = [number, *others[: labels - 1]]
            found.append(one.asked[texts] @ one.scenes[scene])
    return np.stack(found) if found else np.empty((0, labels), np.float32)


def _strangers(library: DrawnLibrary, scene: int, numbers: Sequence[int]) -> list[int]:
    asked = library.questions
    return [n for n in numbers if scene not in asked[n].true and scene not in asked[n].unsure]


def _below(rows: frozenset[int], count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(sorted(row for row in rows if row < count), np.int64)
