"""The kept answers of stage two: by model, content and question; a broken database costs none."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vladva.indexes import schema
from vladva.indexes.library import Library
from vladva.indexes.ranking.verdicts import Verdicts

QUESTIONS = ["Is there a dog?", "Is there ein Größenmaß, 雪?"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", create=True) as opened:
        yield opened


def test_an_answer_belongs_to_a_model_a_content_and_a_question(library: Library) -> None:
    verdicts = Verdicts(library)
    verdicts.keep("m", "c", {QUESTIONS[0]: 0.25, QUESTIONS[1]: 1.0})
    assert verdicts.known("m", "c", QUESTIONS) == {QUESTIONS[0]: 0.25, QUESTIONS[1]: 1.0}
    assert verdicts.known("m", "c", ["Is there a cat?", QUESTIONS[0]]) == {QUESTIONS[0]: 0.25}
    assert verdicts.known("other", "c", QUESTIONS) == {}
    assert verdicts.known("m", "other", QUESTIONS) == {}


def test_answers_outlive_the_program_and_say_when_they_were_given(library: Library) -> None:
    Verdicts(library).keep("m", "c", {QUESTIONS[0]: 0.25})
    assert Verdicts(library).known("m", "c", QUESTIONS) == {QUESTIONS[0]: 0.25}
    with closing(sqlite3.connect(library.folder / "library.db")) as db:
        ((since,),) = db.execute("SELECT since FROM verdicts")
    assert since.endswith("+00:00")


def test_the_last_answer_to_a_question_is_the_one_that_is_kept(library: Library) -> None:
    verdicts = Verdicts(library)
    verdicts.keep("m", "c", {QUESTIONS[0]: 0.25})
    verdicts.keep("m", "c", {QUESTIONS[0]: 0.5})
    assert verdicts.known("m", "c", QUESTIONS) == {QUESTIONS[0]: 0.5}


def test_of_too_many_answers_the_older_half_goes(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vladva.indexes.ranking.verdicts._MOST", 4)
    first = Verdicts(library)
    for minute in range(5):
        monkeypatch.setattr(
            "vladva.indexes.ranking.verdicts.now", lambda m=minute: f"2026-01-01T00:0{m}+00:00"
        )
        first.keep("m", str(minute), {QUESTIONS[0]: 0.5})
    known = [minute for minute in range(5) if first.known("m", str(minute), QUESTIONS)]
    assert known == [0, 1, 2, 3, 4]  # looked after once, when it was opened
    again = Verdicts(library)
    again.keep("m", "4", {QUESTIONS[1]: 0.5})
    assert [m for m in range(5) if again.known("m", str(m), QUESTIONS)] == [4]
    assert again.known("m", "4", QUESTIONS) == dict.fromkeys(QUESTIONS, 0.5)


@pytest.mark.parametrize("nonsense", [b"\x00", "yes", 1.5, -0.1, float("inf")])
def test_a_row_without_a_probability_is_no_answer(library: Library, nonsense: object) -> None:
    verdicts = Verdicts(library)
    verdicts.keep("m", "c", {QUESTIONS[0]: 0.25, QUESTIONS[1]: 0.5})
    with closing(sqlite3.connect(library.folder / "library.db")) as db, db:
        db.execute("UPDATE verdicts SET p = ? WHERE question = ?", (nonsense, QUESTIONS[0]))
    assert verdicts.known("m", "c", QUESTIONS) == {QUESTIONS[1]: 0.5}


def test_half_a_character_in_a_question_is_no_reason_to_fail(library: Library) -> None:
    verdicts = Verdicts(library)
    verdicts.keep("m", "c", {"a \udce9 dog?": 0.25})
    assert verdicts.known("m", "c", ["a \udce9 dog?"]) == {"a \udce9 dog?": 0.25}


def test_a_library_that_cannot_be_written_tells_what_it_knows_and_keeps_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    Verdicts(library).keep("m", "c", {QUESTIONS[0]: 0.25})
    monkeypatch.setattr(schema.os, "access", lambda *_: False)
    verdicts = Verdicts(library)
    verdicts.keep("m", "c", {QUESTIONS[1]: 0.5})
    assert verdicts.known("m", "c", QUESTIONS) == {QUESTIONS[0]: 0.25}


def test_a_writer_that_does_not_let_go_costs_a_moment_once(library: Library) -> None:
    verdicts = Verdicts(library)
    verdicts.keep("m", "before", {QUESTIONS[0]: 0.25})
    began = time.monotonic()
    with closing(sqlite3.connect(library.folder / "library.db")) as db:
        db.execute("BEGIN IMMEDIATE")
        for content in range(24):
            verdicts.keep("m", str(content), {QUESTIONS[0]: 0.5})
        assert verdicts.known("m", "before", QUESTIONS) == {QUESTIONS[0]: 0.25}
        db.rollback()
    assert time.monotonic() - began < 1.5


def test_a_damaged_database_knows_nothing_and_says_nothing(library: Library) -> None:
    verdicts = Verdicts(library)
    with closing(sqlite3.connect(library.folder / "library.db")) as db, db:
        db.execute("DROP TABLE verdicts")
    verdicts.keep("m", "c", {QUESTIONS[0]: 0.25})
    assert verdicts.known("m", "c", QUESTIONS) == {}
