"""Where mini is most wrong, as pictures: what it found instead, and which false caption it took.

Only what is surely wrong is shown: a picture that the caption fits too is no failure. Refuses to
know the page.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vladva.benchmarks import toyland_retrieval, toyland_sugarcrepe
from vladva.benchmarks.pictures import encode_scenes
from vladva.benchmarks.registry import Setup, silent
from vladva.protocols import Encoder
from vladva.toyland.draw import draw
from vladva.toyland.scene import Scene
from vladva.toyland.truth import fits

SHOWN = 6
WRAP = 34
"""Characters of a line under a picture."""


@dataclass(frozen=True)
class Lost:
    """A caption, its own picture's place from 1, and the picture that came first instead."""

    text: str
    own: Scene
    place: int
    instead: Scene


@dataclass(frozen=True)
class Taken:
    """A picture, its true caption, and the false one that scored more, by so much cosine."""

    scene: Scene
    kind: str
    true: str
    false: str
    margin: float


def worst_retrievals(encoder: Encoder, setup: Setup, most: int = SHOWN) -> list[Lost]:
    """The captions whose own picture comes last, where what came first surely does not fit."""
    scenes, captions = toyland_retrieval.drawn(setup)
    pictures = encode_scenes(encoder, scenes, silent)
    texts = encoder.encode_texts([said.text for _, said in captions])
    scores = texts @ pictures.T  # [captions, scenes]
    own = scores[np.arange(len(captions)), [number for number, _ in captions]]
    places = (scores > own[:, None]).sum(axis=1)
    found: list[Lost] = []
    for at in np.argsort(-places, kind="stable"):
        number, said = captions[at]
        first = scenes[int(scores[at].argmax())]
        repeats = any(lost.own is scenes[number] for lost in found)
        if places[at] and not repeats and fits(first, said) == "no":
            found.append(Lost(said.text, scenes[number], int(places[at]) + 1, first))
        if len(found) == most:
            break
    return found


def worst_pairs(encoder: Encoder, setup: Setup, most: int = SHOWN) -> list[Taken]:
    """The false captions that beat the true one by most, one of a kind before a second one."""
    exam = toyland_sugarcrepe.exam(setup)
    pictures = encode_scenes(encoder, exam.scenes, silent)
    seen = pictures[[item.picture for item in exam.items]]
    true = encoder.encode_texts([item.positive for item in exam.items])
    false = encoder.encode_texts([item.negative for item in exam.items])
    margins = ((false - true) * seen).sum(axis=1)
    wrong = [int(at) for at in np.argsort(-margins, kind="stable") if margins[at] >= 0]
    rank: dict[int, int] = {}
    for at in wrong:
        rank[at] = sum(exam.items[other].kind == exam.items[at].kind for other in rank)
    chosen = sorted(wrong, key=lambda at: (rank[at], -margins[at]))[:most]
    rows = [(exam.items[at], float(margins[at])) for at in chosen]
    return [
        Taken(exam.scenes[item.picture], item.kind, item.positive, item.negative, margin)
        for item, margin in rows
    ]


def draw_retrievals(lost: Sequence[Lost], file: Path) -> str:
    """The own picture above, what was found instead below → the name of the file."""
    figure = Figure(figsize=(2.4 * len(lost), 6))
    axes = figure.subplots(2, len(lost), squeeze=False)
    for column, one in enumerate(lost):
        _picture(axes[0, column], one.own, f"“{one.text}”\nits own picture: place {one.place}")
        _picture(axes[1, column], one.instead, "came first")
    return _saved(figure, file)


def draw_pairs(taken: Sequence[Taken], file: Path) -> str:
    """Each picture with its two captions → the name of the file."""
    figure = Figure(figsize=(2.4 * len(taken), 3.6))
    axes = figure.subplots(1, len(taken), squeeze=False)
    for column, one in enumerate(taken):
        words = f"{one.kind}, by {one.margin:.3f}\n✓ {one.true}\n✗ {one.false}"
        _picture(axes[0, column], one.scene, words)
    return _saved(figure, file)


def _picture(ax: Axes, scene: Scene, words: str) -> None:
    ax.imshow(np.asarray(draw(scene, 192)))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("\n".join(_wrapped(words)), fontsize=7, loc="left")


def _wrapped(words: str) -> list[str]:
    return [part for line in words.split("\n") for part in textwrap.wrap(line, WRAP)]


def _saved(figure: Figure, file: Path) -> str:
    figure.tight_layout()
    figure.savefig(file, dpi=100, bbox_inches="tight", metadata={"Software": None})
    return file.name
