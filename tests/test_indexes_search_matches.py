"""Where matches end: the cut-off, what came near, and what filters and forbidden parts change."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_colours import ColourEncoder, paint
from app_fakes import index

from vladva.indexes.asked import Asked
from vladva.indexes.hits import Found, Hit
from vladva.indexes.library import Library
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.calibrate import keep_fit
from vladva.indexes.ranking.fit import Fit
from vladva.indexes.search import Searcher

FIT = Fit(
    presence=(4.0, 0.0, 0.0, 0.0),
    row=(-12.0, 0.0, 14.0, 0.0),
    found=0.5,
    least=0.5,
    scale=10.0,
    bank=("a wall",),
)
"""A photo is meant where its score is near 1; an answer is taken to be there."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    photos = paint(tmp_path / "photos")
    for number, file in enumerate(sorted(photos.glob("*.jpg"))):
        os.utime(file, (1e9 + number, 1e9 + number))
    with Library.open(tmp_path / "library", create=True) as opened:
        index(opened, photos)
        keep_fit(opened, ColourEncoder().fingerprint, FIT)
        yield opened


def ask(library: Library, words: str, **how: object) -> Found:
    return Searcher(library, ColourEncoder()).find(Asked(query=parse(words), **how))  # type: ignore[arg-type]


def names(hits: list[Hit]) -> list[str]:
    return [Path(hit.path).stem for hit in hits]


def test_matches_end_where_the_fit_says_and_the_rest_came_near(library: Library) -> None:
    found = ask(library, "red")
    assert names(found.hits) == ["red"]
    assert found.total == 1
    assert len(found.almost) == 5
    assert "red" not in names(found.almost)
    assert found.hits[0].level in {"strong", "likely"}
    assert all(hit.probability is not None and hit.probability < 0.5 for hit in found.almost)


def test_asked_for_everything_nothing_is_cut_off(library: Library) -> None:
    found = ask(library, "red", everything=True)
    assert names(found.hits)[0] == "red"
    assert (len(found.hits), found.total, found.almost) == (6, 6, [])
    assert found.hits[0].probability == ask(library, "red").hits[0].probability


def test_a_filter_changes_what_is_seen_and_never_what_it_is_worth(library: Library) -> None:
    alone = ask(library, "red file:red")
    assert names(alone.hits) == ["red"]
    assert alone.almost == []
    assert alone.hits[0].probability == ask(library, "red").hits[0].probability
    elsewhere = ask(library, "red file:blue")
    assert elsewhere.hits == []
    assert names(elsewhere.almost) == ["blue"]


def test_what_is_forbidden_takes_the_probability_away(library: Library) -> None:
    found = ask(library, "no red", everything=True)
    assert names(found.hits)[-1] == "red"
    (red,) = [hit for hit in found.hits if Path(hit.path).stem == "red"]
    with_it = ask(library, "red").hits[0].probability
    assert with_it is not None
    assert red.probability == pytest.approx(1 - with_it, abs=1e-6)


def test_a_picture_has_no_probability_and_no_end(library: Library) -> None:
    searcher = Searcher(library, ColourEncoder())
    photo_id = ask(library, "red").hits[0].id
    found = searcher.find(Asked(like=(photo_id,)))
    assert len(found.hits) == 5
    assert all(hit.probability is None and hit.level is None for hit in found.hits)


def test_a_fit_that_is_forgotten_cuts_nothing_any_more(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vladva.indexes.current_fit._LOOK_S", -1.0)
    searcher = Searcher(library, ColourEncoder())
    assert len(searcher.find(Asked(query=parse("red"))).hits) == 1
    keep_fit(library, ColourEncoder().fingerprint, None)
    found = searcher.find(Asked(query=parse("red")))
    assert len(found.hits) == 6
    assert found.hits[0].probability is None


def test_by_date_only_matches_are_put_in_order(library: Library) -> None:
    assert names(ask(library, "red", sort="date").hits) == ["red"]
