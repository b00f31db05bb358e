"""How hard a split of the drawn world is, measured on its scenes.

Refuses to know how scenes are invented: it only counts what they hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vladva.toyland.invent import invent
from vladva.toyland.scene import Scene, Split
from vladva.toyland.truth import relations, visible


@dataclass(frozen=True)
class Difficulty:
    """Percent of scenes; `smallest_thing`: percent of the picture's side that its box is long."""

    scenes: int
    three_things_or_more: float
    two_of_one_colour: float
    two_of_one_kind: float
    thing_hidden_by_a_quarter: float
    clear_relation: float
    night: float
    smallest_thing: float


def difficulty(split: Split = "test", seed: int = 0, count: int = 2000) -> Difficulty:
    """Measure the first `count` scenes of a split and seed."""
    scenes = [invent(split, seed, index) for index in range(count)]
    return Difficulty(
        scenes=count,
        three_things_or_more=_share([len(scene.things) >= 3 for scene in scenes]),
        two_of_one_colour=_share([_repeats([t.colour for t in s.things]) for s in scenes]),
        two_of_one_kind=_share([_repeats([t.kind for t in s.things]) for s in scenes]),
        thing_hidden_by_a_quarter=_share([_hidden(scene) for scene in scenes]),
        clear_relation=_share([_related(scene) for scene in scenes]),
        night=_share([scene.time == "night" for scene in scenes]),
        smallest_thing=round(100 * min(max(t.box[2:]) for s in scenes for t in s.things), 1),
    )


def _share(flags: Sequence[bool]) -> float:
    return round(100 * sum(flags) / len(flags), 1)


def _repeats(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _hidden(scene: Scene) -> bool:
    return any(visible(scene, thing) < 0.75 for thing in scene.things)


def _related(scene: Scene) -> bool:
    return any(verdict == "yes" for _, _, _, verdict in relations(scene))
