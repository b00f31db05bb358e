"""A scene or a text of toyland as a bag: which kinds, colours, sizes, ground and time are in it.

Refuses to know who has which colour, how many there are and what stands where.
"""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vladva.toyland.scene import BACKGROUNDS, COLOURS, GROUPS, KINDS, SIZES, TIMES, Scene
from vladva.toyland.voice import wordings

Bag = NDArray[np.float64]
"""How often each of `MEANINGS` occurs, [len(MEANINGS)]."""
SPOKEN_GROUPS = tuple(group for group in GROUPS if group != "people and objects")
MEANINGS: tuple[str, ...] = (
    *KINDS, *SPOKEN_GROUPS, *COLOURS, *SIZES, *BACKGROUNDS, *TIMES
)  # fmt: skip
_PLACE = {meaning: place for place, meaning in enumerate(MEANINGS)}


@cache
def meanings() -> dict[str, int]:
    """Every word that means one of `MEANINGS` → its place there."""
    places = {meaning: _PLACE[meaning] for meaning in MEANINGS} | {"daytime": _PLACE["day"]}
    for section in ("kind", "size"):
        for meaning, said in wordings()[section].items():
            words = [*said["seen"], *said.get("unseen", ())]
            places.update(dict.fromkeys(words, _PLACE[meaning]))
    plural = wordings()["plural"]
    nouns = {word for word, place in places.items() if MEANINGS[place] in (*KINDS, *SPOKEN_GROUPS)}
    return places | {plural.get(word, word + "s"): places[word] for word in nouns}


def spoken(text: str) -> Bag:
    """The bag of a text."""
    bag = np.zeros(len(MEANINGS))
    for word in re.findall(r"[\w-]+", text.lower()):
        place = meanings().get(word)
        if place is not None:
            bag[place] += 1
    return bag


def vector_of(scene: Scene) -> Bag:
    """The bag of a scene: 1 for what is there, 0 for what is not."""
    bag = np.zeros(len(MEANINGS))
    for thing in scene.things:
        groups = [group for group in SPOKEN_GROUPS if thing.kind in GROUPS[group]]
        bag[[_PLACE[word] for word in (thing.kind, thing.colour, thing.size, *groups)]] = 1
    bag[[_PLACE[scene.background], _PLACE[scene.time]]] = 1
    return bag
