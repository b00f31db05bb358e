"""Saved searches: names, replacing, renaming, and what is said of a wrong name."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vladva.errors import ConfigError, QueryError
from vladva.indexes.library import Library
from vladva.indexes.saved import LONGEST, NameTaken, SavedSearches


@pytest.fixture
def saved(library: Library) -> SavedSearches:
    return SavedSearches(library)


def test_what_is_saved_is_there_for_the_next_program(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        made = SavedSearches(library).save("  my   dogs ", 'dog -"people"', limit=7, sort="date")
    with Library.open(tmp_path / "library", create=False) as library:
        (found,) = SavedSearches(library).all()
    assert found == made
    assert (found.name, found.query) == ("my dogs", 'dog -"people"')
    assert (found.limit, found.sort) == (7, "date")
    assert found.created.endswith("+00:00")


@pytest.mark.parametrize(("name", "same"), [("Dogs", "dOGS"), ("Ärger", "äRGER"), ("a b", "a  b")])
def test_a_name_is_the_same_in_any_case_and_is_not_replaced_unasked(
    name: str, same: str, saved: SavedSearches
) -> None:
    saved.save(name, "first")
    with pytest.raises(NameTaken, match="already: first"):
        saved.save(same, "second")
    assert saved.find(same).query == "first"
    saved.save(same, "second", replace=True)
    assert [one.query for one in saved.all()] == ["second"]


def test_searches_come_by_name(saved: SavedSearches) -> None:
    for name in ("zoo", "Bay", "ant"):
        saved.save(name, name)
    assert [one.name for one in saved.all()] == ["ant", "Bay", "zoo"]


def test_a_removed_search_is_gone_and_a_wrong_name_gets_the_nearest(saved: SavedSearches) -> None:
    with pytest.raises(ConfigError, match="called 'x'") as caught:
        saved.find("x")
    assert "None is saved yet" in caught.value.hint
    saved.save("Holiday", "the sea")
    saved.save("Work", "a desk")
    with pytest.raises(ConfigError) as caught:
        saved.remove("holidya")
    assert caught.value.hint == "Did you mean 'Holiday'?"
    assert saved.remove("HOLIDAY").query == "the sea"
    assert [one.name for one in saved.all()] == ["Work"]


def test_renaming_keeps_the_search_and_takes_no_other_ones_name(saved: SavedSearches) -> None:
    before = saved.save("Sea", "waves", limit=3)
    saved.save("Work", "a desk")
    with pytest.raises(NameTaken):
        saved.rename("sea", "WORK")
    found = saved.rename("sea", "SEA")
    assert (found.name, found.query, found.created) == ("SEA", "waves", before.created)
    assert saved.rename("SEA", "Ocean").limit == 3
    assert [one.name for one in saved.all()] == ["Ocean", "Work"]


@pytest.mark.parametrize("name", ["", "  \n ", "a\x1b[31m", "x" * (LONGEST + 1)])
def test_what_is_no_name_is_refused(name: str, saved: SavedSearches) -> None:
    with pytest.raises(ConfigError):
        saved.save(name, "dogs")
    assert saved.all() == []


def test_a_search_has_words(saved: SavedSearches) -> None:
    with pytest.raises(ConfigError, match="without a word"):
        saved.save("empty", "  ")


@pytest.mark.parametrize("query", ['foo:bar "open', 'a "dog', "nonsense:filter dog"])
def test_a_query_that_cannot_be_read_is_not_saved(query: str, saved: SavedSearches) -> None:
    saved.save("good", "dogs")
    with pytest.raises(QueryError):
        saved.save("good", query, replace=True)
    assert [one.query for one in saved.all()] == ["dogs"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=LONGEST + 5), st.text(max_size=40))
def test_any_words_are_kept_or_refused(saved: SavedSearches, name: str, query: str) -> None:
    try:
        made = saved.save(name, query, replace=True)
    except ConfigError:
        return
    assert saved.find(made.name) == made
