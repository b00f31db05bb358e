"""The steps of a run by what is done in them, where that changes on the way.

Ours. Refuses to know what a recipe says.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Protocol, Self, TypeVar


class Staged(Protocol):
    """A recipe that says what is done after so many scenes."""

    @property
    def batch(self) -> int:
        """Scenes of a step."""

    def at(self, seen: int) -> Self:
        """What is done after `seen` scenes."""


R = TypeVar("R", bound=Staged)


def stretches(
    recipe: R, numbers: Sequence[list[int]], seen: int
) -> Iterator[tuple[R, list[list[int]]]]:
    """The steps to come after `seen` scenes, by what is done in them."""
    steps = [(recipe.at(seen + at * recipe.batch), rows) for at, rows in enumerate(numbers)]
    for now, run in groupby(steps, key=itemgetter(0)):
        yield now, [rows for _, rows in run]
