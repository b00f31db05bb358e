"""Where a text names a thing, and where that thing lies: what a voice shall know as it reads.

A mention is a noun with the colour and size before it; only one that fits exactly one thing of the
scene, or none at all, is a target. Ours. Refuses to know tokens and models.
"""

import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cache

from vladva.toyland.scene import COLOURS, KINDS, SIZES, Scene
from vladva.toyland.voice import wordings


@dataclass(frozen=True)
class Target:
    """What is known of the thing that a text names; the box as in `layout.Boxes`, or zeros."""

    there: float
    """1 where such a thing is in the picture, else 0."""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    def numbers(self) -> tuple[float, ...]:
        """WIDTH numbers."""
        return astuple(self)


WIDTH = 5
"""Numbers of a target."""


def mentions(scene: Scene, text: str) -> Iterator[tuple[int, Target]]:
    """(where the noun ends in the text, its target), from left to right."""
    pattern, meant = _grammar()
    for found in pattern.finditer(text):
        wanted = [meant[word] for word in found.groups() if word]
        things = [
            thing
            for thing in scene.things
            if all(word in (thing.kind, thing.colour, thing.size) for word in wanted)
        ]
        if not things:
            yield found.end(), Target(0.0)
        elif len(things) == 1:
            x, y, width, height = things[0].box
            yield found.end(), Target(1.0, x + width / 2, y + height / 2, width, height)


@cache
def _grammar() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern with the groups size, colour and noun; and what each of its words means."""
    said = wordings()
    sizes = {word: name for name in SIZES for word in said["size"][name]["seen"]}
    nouns = {kind: kind for kind in KINDS}
    nouns |= {word: kind for kind, how in said["kind"].items() for word in how["seen"]}
    colours = {colour: colour for colour in COLOURS}
    parts = [rf"(?:\b({_any(words)}) )?" for words in (sizes, colours)]
    return re.compile(rf"{parts[0]}{parts[1]}\b({_any(nouns)})\b"), sizes | colours | nouns


def _any(words: dict[str, str]) -> str:
    return "|".join(map(re.escape, words))
