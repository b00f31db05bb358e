"""Training rows of a library: whose words count, what marks add, and how many photos it takes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from app_colours import ColourEncoder, paint
from app_fakes import index

from vladva.app import training
from vladva.app.from_library import NEGATIVES, settings_for, training_rows
from vladva.errors import DataError
from vladva.indexes.caption_source import MACHINE
from vladva.indexes.captions import Told
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.marks import Fits, Mark, Marks
from vladva.trainer.data import open_data
from vladva.trainer.examples import Routing

PLAN = training.Plan("mini", None, generate=False)


def photo(content: str, caption: str | None = None, **facts: Any) -> Told:
    made = Told(f"/p/{content}.jpg", content, caption, by_machine=False, keywords=())
    return made._replace(**facts)


def mark(query: str, content: str, fits: Fits) -> Mark:
    return Mark(query, content, fits, "2026-01-01T00:00:00+00:00")


def rows(*photos: Told, marks: tuple[Mark, ...] = (), **how: bool) -> list[dict[str, Any]]:
    return training_rows(photos, marks, **{"machine": False, "generate": False, **how})


def test_captions_of_people_are_taken_line_by_line_and_those_of_models_only_if_asked() -> None:
    mine = photo("a", "a dog\n\n on the beach ")
    machines = photo("b", "a cat", by_machine=True)
    assert rows(mine, machines) == [{"image": "/p/a.jpg", "caption": ["a dog", "on the beach"]}]
    assert rows(mine, machines, machine=True)[1] == {"image": "/p/b.jpg", "caption": ["a cat"]}
    assert rows(machines, generate=True) == [{"image": "/p/b.jpg"}]


def test_keywords_are_one_short_text() -> None:
    found = rows(photo("a", keywords=("sea", "2019")))
    assert found == [{"image": "/p/a.jpg", "short": ["sea, 2019"]}]


def test_accepted_queries_are_short_captions_and_rejected_ones_are_false_texts() -> None:
    marks = (
        mark('a dog type:jpeg "beach"', "a", "accept"),
        mark("a cat", "a", "reject"),
        mark("a bird", "gone", "accept"),
    )
    found = rows(photo("a", "waves"), marks=marks)
    assert found == [
        {"image": "/p/a.jpg", "caption": ["waves"], "short": ["a dog"], "negatives": ["a cat"]}
    ]
    assert settings_for(found) == (NEGATIVES,)
    assert settings_for(rows(photo("a", "waves"))) == ()


def test_what_is_rejected_for_a_forbidden_part_says_nothing_of_the_rest() -> None:
    marks = (mark("a dog, no people", "a", "reject"), mark("a car -red", "a", "accept"))
    assert rows(photo("a"), marks=marks) == [{"image": "/p/a.jpg", "short": ["a car"]}]


def test_marks_that_give_no_text_are_left_out() -> None:
    marks = (
        mark("rating:>=4", "a", "accept"),
        mark('an "open quote', "a", "accept"),
        mark("nonsense:filter dog", "a", "accept"),
    )
    assert rows(photo("a"), marks=marks) == []


def test_no_text_is_true_and_false_of_the_same_photo() -> None:
    marks = (
        mark("a dog", "a", "accept"),
        mark("a dog type:jpeg", "a", "reject"),
        mark("waves", "a", "reject"),
    )
    found = rows(photo("a", "waves"), marks=marks)
    assert found == [{"image": "/p/a.jpg", "caption": ["waves"], "short": ["a dog"]}]


def test_texts_that_differ_in_case_or_filters_are_one_text() -> None:
    marks = (
        mark("a dog", "a", "accept"),
        mark("A Dog folder:2019", "a", "accept"),
        mark("A DOG", "a", "reject"),
        mark("Waves", "a", "reject"),
        mark("a cat", "a", "reject"),
        mark("A cat type:jpeg", "a", "reject"),
        mark("SEA", "a", "accept"),
    )
    found = rows(photo("a", "waves", keywords=("sea",)), marks=marks)
    assert found == [
        {"image": "/p/a.jpg", "caption": ["waves"], "short": ["sea", "a dog"],
         "negatives": ["a cat"]},
    ]  # fmt: skip


def test_a_photo_that_was_only_rejected_is_no_row() -> None:
    assert rows(photo("a"), marks=(mark("a cat", "a", "reject"),)) == []


@pytest.fixture
def coloured_library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, paint(tmp_path / "photos"))
        yield library


def test_marks_follow_a_photo_that_moved(coloured_library: Library, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    me = ColourEncoder()
    store = LanceStore(coloured_library.folder, me.fingerprint, me.dim)
    content = store.contents()[str(photos / "red.jpg")]
    Marks(coloured_library).mark("a sunset", [content], "accept")
    Marks(coloured_library).mark("snow", [content], "reject")
    (photos / "red.jpg").rename(photos / "rose.jpg")
    index(coloured_library, photos)
    made = training.library_rows(coloured_library.folder, tmp_path / "out", PLAN)
    assert made.changes == (NEGATIVES,)
    data = open_data(made.file, Routing())  # as the trainer reads it
    found = next(one for one in map(data.__getitem__, range(len(data))) if "rose" in one.image.path)
    assert (found.short, found.negatives) == (("a sunset",), ("snow",))
    again = training.library_rows(coloured_library.folder, tmp_path / "out", PLAN)
    assert again.changes == (NEGATIVES,)


def test_too_few_photos_are_an_error_that_counts(coloured_library: Library, tmp_path: Path) -> None:
    plan = replace(PLAN, least=40)
    with pytest.raises(DataError, match=r"Only 6 of 6 photos .* needs 40") as caught:
        training.library_rows(coloured_library.folder, tmp_path / "out", plan)
    assert "captions.generate=true" in caught.value.hint
    assert "captions.machine" not in caught.value.hint  # no model wrote any
    assert not (tmp_path / "out").exists()


def test_captions_of_a_model_are_offered_where_there_are_some(
    coloured_library: Library, tmp_path: Path
) -> None:
    me = ColourEncoder()
    store = LanceStore(coloured_library.folder, me.fingerprint, me.dim)
    ids = [coloured_library.photo_id(path) for path in store.known()]
    held, vectors = store.rows(ids), store.vectors(ids)
    for id_, row in held.items():
        by_model = replace(row, caption_source=MACHINE + "mini")
        store.put([by_model], vectors[id_][None])
    with pytest.raises(DataError, match="No photo of this library") as caught:
        training.library_rows(coloured_library.folder, tmp_path / "out", PLAN)
    assert "captions.machine=true" in caught.value.hint
    plan = training.plan(
        coloured_library.folder,
        tmp_path / "out",
        "mini",
        None,
        ("captions.machine=true", "data.held_out=0"),
    )
    made = training.library_rows(coloured_library.folder, tmp_path / "out", plan)
    captions = [json.loads(line)["caption"] for line in made.file.read_text().splitlines()]
    assert ["a red wall"] in captions
    assert len(captions) == 6


def test_a_run_with_a_gate_needs_forty_photos(tmp_path: Path) -> None:
    def least(*changes: str) -> int:
        return training.plan(tmp_path / "none", tmp_path / "out", "mini", None, changes).least

    assert least() == 40
    assert least("data.held_out=0") == 2
    assert least("data.held_out_file=held.jsonl") == 2
