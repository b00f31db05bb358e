"""Where a text names things, how many there are and where: what a voice shall know as it reads.

A mention is a noun, singular or plural, of a kind or a group, with the colour and size before it.
Ours. Refuses to know tokens and models.
"""

import math
import re
from collections.abc import Iterator
from functools import cache

from vladva.toyland.scene import COLOURS, GROUPS, KINDS, SIZES, Scene, Thing
from vladva.toyland.voice import wordings

WIDTH = 5
"""Numbers of a target."""
MANY = 4
"""As many things as make a count of 1."""

Target = tuple[float, ...]
"""How many such things the picture shows, in parts of MANY; then the box of the only one as in
`layout.Boxes`, nan where there is not one. WIDTH numbers."""


def mentions(scene: Scene, text: str) -> Iterator[tuple[int, Target]]:
    """(where the noun ends in the text, its target), from left to right."""
    pattern, meant = _grammar()
    for found in pattern.finditer(text):
        wanted = [meant[word] for word in found.groups() if word]
        things = [thing for thing in scene.things if all(_is(thing, word) for word in wanted)]
        box = [math.nan] * 4
        if len(things) == 1:
            x, y, width, height = things[0].box
            box = [x + width / 2, y + height / 2, width, height]
        yield found.end(), (len(things) / MANY, *box)


def _is(thing: Thing, word: str) -> bool:
    kinds = KINDS if word == "thing" else GROUPS.get(word, ())
    return word in (thing.kind, thing.colour, thing.size) or thing.kind in kinds


@cache
def _grammar() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern with the groups size, colour and noun; and what each of its words means."""
    said = wordings()
    sizes: dict[str, str] = {word: name for name in SIZES for word in said["size"][name]["seen"]}
    colours = {colour: colour for colour in COLOURS}
    nouns = {kind: kind for kind in KINDS} | {"thing": "thing"}
    nouns |= {word: kind for kind, how in said["kind"].items() for word in how["seen"]}
    nouns |= {word: group for group, word in said["group"].items()}
    nouns |= {said["plural"].get(word, word + "s"): meant for word, meant in nouns.items()}
    parts = [rf"(?:\b({_any(words)}) )?" for words in (sizes, colours)]
    return re.compile(rf"{parts[0]}{parts[1]}\b({_any(nouns)})\b"), sizes | colours | nouns


def _any(words: dict[str, str]) -> str:
    return "|".join(map(re.escape, words))
