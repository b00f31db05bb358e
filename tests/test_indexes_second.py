"""Stage two over a page of hits: what passes, what fails, and in which order."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from app_colours import COLOURS, ColourEncoder, paint
from app_fakes import index
from numpy.typing import NDArray

from vladva.indexes.asked import Asked
from vladva.indexes.hits import Found
from vladva.indexes.library import Library
from vladva.indexes.query.constraints import constraints
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.indexes.search import Searcher
from vladva.indexes.second import SecondStage, Verifier
from vladva.protocols import Prepared, Style

QUERY = parse("a wall, no red")


class Eyes:
    """Says yes to a wall always, and to red where a picture is red; counts its questions."""

    def __init__(self) -> None:
        self.encoder = ColourEncoder()
        self.asked = 0

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        raise NotImplementedError

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        return self.p_yes_many([picture], [questions])[0]

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        answers = []
        for picture, some in zip(pictures, questions, strict=True):
            self.asked += len(some)
            near = float(self.encoder.encode([picture])[0] @ self.encoder.encode_texts(["red"])[0])
            answers.append(np.array([near > 0.9 if "red" in q else True for q in some], np.float32))
        return answers


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", create=True) as opened:
        index(opened, paint(tmp_path / "photos"))
        yield opened


def first_page(library: Library, limit: int = 20) -> Found:
    return Searcher(library, ColourEncoder()).find(Asked(query=parse("red"), limit=limit))


def stage(library: Library, eyes: Eyes) -> SecondStage:
    return SecondStage(Verdicts(library), Verifier(eyes, ColourEncoder().prepare, "eyes", Fusion()))


def names(hits: Sequence[object]) -> list[str]:
    return [Path(hit.path).stem for hit in hits]  # type: ignore[attr-defined]


def test_what_holds_a_forbidden_part_falls_under_almost_with_the_reason(library: Library) -> None:
    before = first_page(library)
    assert names(before.hits)[0] == "red"
    after = stage(library, Eyes()).check(before, constraints(QUERY), 20, threading.Event())
    assert "red" not in names(after.hits)
    assert names(after.almost) == ["red"]
    (wall, red) = after.almost[0].why
    assert (wall.kind, wall.verdict) == ("require", "yes")
    assert (red.kind, red.verdict, red.p) == ("forbid", "no", 1.0)
    assert [hit.rank for hit in after.hits] == list(range(1, len(COLOURS)))
    assert names(after.hits) == names(before.hits)[1:]  # no probability: as stage one had it
    assert after.total == before.total  # of stage one, which pages follow


def test_only_the_first_hits_are_looked_at(library: Library) -> None:
    eyes = Eyes()
    after = stage(library, eyes).check(
        first_page(library), constraints(QUERY), 2, threading.Event()
    )
    assert eyes.asked == 4
    assert [bool(hit.why) for hit in after.hits] == [True] + [False] * (len(COLOURS) - 2)


def test_what_was_answered_once_is_never_asked_again(library: Library) -> None:
    eyes = Eyes()
    first = stage(library, eyes).check(
        first_page(library), constraints(QUERY), 20, threading.Event()
    )
    asked = eyes.asked
    assert asked == 2 * len(COLOURS)
    again = stage(library, eyes).check(
        first_page(library), constraints(QUERY), 20, threading.Event()
    )
    assert eyes.asked == asked
    assert again.hits == first.hits


def test_stopped_at_once_it_leaves_the_page_as_it_is(library: Library) -> None:
    stop = threading.Event()
    stop.set()
    eyes, before = Eyes(), first_page(library)
    after = stage(library, eyes).check(before, constraints(QUERY), 20, stop)
    assert (eyes.asked, after.hits, after.almost) == (0, before.hits, before.almost)


def test_a_query_without_constraints_is_not_looked_at(library: Library) -> None:
    eyes, before = Eyes(), first_page(library)
    only_filters = constraints(parse("type:jpeg"))
    assert stage(library, eyes).check(before, only_filters, 20, threading.Event()) is before


def test_the_order_follows_both_stages_where_no_probability_is_known(library: Library) -> None:
    class Doubts(Eyes):
        """Is sure of a wall only where it is blue; unsure elsewhere."""

        def p_yes_many(
            self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
        ) -> list[NDArray[np.float32]]:
            blue = self.encoder.encode_texts(["blue"])[0]
            sure = [float(self.encoder.encode([seen])[0] @ blue) > 0.9 for seen in pictures]
            return [
                np.full(len(some), 0.95 if is_blue else 0.5, np.float32)
                for is_blue, some in zip(sure, questions, strict=True)
            ]

    before = first_page(library)
    assert names(before.hits)[0] == "red"
    asked = constraints(parse("a wall"))
    after = stage(library, Doubts()).check(before, asked, 20, threading.Event())
    assert names(after.hits)[0] == "blue"
    assert after.hits[0].probability is None
    by_date = stage(library, Doubts()).check(before, asked, 20, threading.Event(), "date")
    assert names(by_date.hits) == names(before.hits)
