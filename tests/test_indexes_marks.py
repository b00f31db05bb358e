"""Marks of results: kept by content, one a photo and query, taken back."""

import pytest

from vladva.errors import ConfigError
from vladva.indexes.library import Library
from vladva.indexes.marks import Marks


def test_a_photo_has_one_mark_a_query(library: Library) -> None:
    marks = Marks(library)
    marks.mark("a dog", ["a", "b"], "accept")
    marks.mark("a dog", ["b"], "reject")
    marks.mark("a cat", ["b"], "accept")
    assert marks.of("a dog") == {"a": "accept", "b": "reject"}
    assert marks.of("a cat") == {"b": "accept"}
    assert Marks(library).of("a bird") == {}


def test_a_mark_can_be_taken_back(library: Library) -> None:
    marks = Marks(library)
    marks.mark("a dog", ["a", "b"], "accept")
    marks.mark("a dog", ["a"], None)
    marks.mark("a dog", ["never marked"], None)
    marks.mark("a dog", [], "reject")
    assert [(one.query, one.content, one.mark) for one in marks.all()] == [("a dog", "b", "accept")]


def test_spaces_make_no_other_query(library: Library) -> None:
    marks = Marks(library)
    marks.mark(" a   dog ", ["a"], "accept")
    assert marks.of("a dog") == {"a": "accept"}
    marks.mark("half a \ud800", ["a"], "reject")
    assert marks.of("half a \ud800") == {"a": "reject"}


def test_a_mark_without_a_query_is_refused(library: Library) -> None:
    with pytest.raises(ConfigError, match="needs the query"):
        Marks(library).mark("  ", ["a"], "accept")
