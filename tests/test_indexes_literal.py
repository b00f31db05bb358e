"""Literal texts are found in captions, keywords and names, with an index and without one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import make_row

from vladva.errors import LibraryError
from vladva.indexes import literal
from vladva.indexes.durable import Durable
from vladva.indexes.health.doctor import examine, repair
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.store import Row

_WORDS: list[dict[str, str | None]] = [
    {"path": "/p/2019/beach_house.jpg", "caption": None, "keywords": None},
    {"path": "/p/IMG_1234.jpg", "caption": "The Beach  house, at night", "keywords": "sea"},
    {
        "path": "/p/Zürich/東京タワー.jpg",
        "caption": "house on the beach",
        "keywords": "Beach\nhouse",
    },
    {"path": "/p/d.jpg", "caption": "beachhouse 100% 'quoted'", "keywords": "traffic light"},
]
CASES = {
    "beach house": [0, 1, 2],
    "BEACH": [0, 1, 2],
    "house": [0, 1, 2],
    "the": [1, 2],
    "1234": [1],
    "IMG_1234": [1],
    "2019/beach": [0],
    "traffic light": [3],
    "traffic lights": [],
    "東京": [2],
    "タワー": [2],
    "Zürich": [2],
    "100%": [3],
    "%": [3],
    "'": [3],
    "' OR 1=1 --": [],
    "a'; DROP TABLE x": [],
    "\\": [],
}


def held(extra: Sequence[Row] = ()) -> list[Row]:
    return [*(make_row(n, **facts) for n, facts in enumerate(_WORDS)), *extra]


def filled(folder: Path, rows: Sequence[Row]) -> LanceStore:
    (folder / "tables").mkdir(exist_ok=True)
    store = LanceStore(folder, "words", 2)
    put(store, rows)
    return store


def put(store: LanceStore, rows: Sequence[Row]) -> None:
    store.put(rows, np.tile(np.array([1, 0], np.float32), (len(rows), 1)))


def found(store: LanceStore, *texts: str, where: str | None = None) -> list[int]:
    return sorted(int(id_, 16) for id_ in store.select(where, texts).to_pylist())


def index_files(folder: Path) -> list[Path]:
    return [file for file in folder.glob("tables/*/_indices/*/*") if file.is_file()]


def test_an_index_finds_whole_words_in_their_order(tmp_path: Path) -> None:
    store = filled(tmp_path, held())
    store.tidy()
    assert index_files(tmp_path)
    assert {text: found(store, text) for text in CASES} == CASES
    assert found(store, "Zurich") == [2]  # accents do not count


def test_a_table_without_an_index_finds_the_same(tmp_path: Path) -> None:
    store = filled(tmp_path, held())
    assert not index_files(tmp_path)
    assert {text: found(store, text) for text in CASES} == CASES


def test_rows_that_came_after_the_index_was_made_are_found_too(tmp_path: Path) -> None:
    store = filled(tmp_path, held())
    store.tidy()
    put(store, [make_row(7, path="/p/new/beach-house.jpg", caption=None, keywords=None)])
    store.drop([make_row(0).id])
    put(store, [make_row(1, path="/p/x.jpg", caption="changed", keywords=None)])
    assert found(store, "beach house") == [2, 7]
    assert found(store, "changed") == [1]


def test_several_texts_and_a_condition_must_all_hold(tmp_path: Path) -> None:
    store = filled(tmp_path, held())
    for _ in range(2):  # the second time with an index
        assert found(store, "beach house", "night") == [1]
        assert found(store, "beach house", "%", "night") == []
        assert found(store, "house", where="size < 2") == [0, 1]
        assert found(store, where="size > 1") == [2, 3]
        assert found(store) == [0, 1, 2, 3]
        store.tidy()


@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_damaged_index_costs_speed_and_no_answer_and_is_made_again(
    tmp_path: Path, how: str
) -> None:
    filled(tmp_path, held()).tidy()
    for file in index_files(tmp_path):
        file.write_bytes(b"") if how == "cut" else file.unlink()
    store = LanceStore(tmp_path, "words", 2)
    assert not literal.sound(store._table)
    assert found(store, "beach house") == [0, 1, 2]
    put(store, [make_row(7, path="/p/new.jpg", caption="a beach house", keywords=None)])
    assert found(store, "beach house") == [0, 1, 2, 7]
    store.tidy()
    assert literal.sound(store._table)
    assert found(store, "beach house") == [0, 1, 2, 7]


def test_an_index_that_lags_far_behind_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(literal, "_LAG", 2)
    store = filled(tmp_path, held())
    store.tidy()
    put(store, [make_row(n, path=f"/p/{n}.jpg") for n in range(10, 14)])
    store.tidy()  # four more than four: within 2 + 4 // 2
    assert {i.num_unindexed_rows for i in store._table.list_indices()} == {4}
    put(store, [make_row(14, path="/p/14.jpg")])
    store.tidy()
    assert {i.num_unindexed_rows for i in store._table.list_indices()} == {0}
    assert found(store, "14") == [14]


def test_an_empty_table_has_no_index_and_answers(tmp_path: Path) -> None:
    store = filled(tmp_path, [])
    store.tidy()
    assert not index_files(tmp_path)
    assert found(store, "beach") == []


def test_what_an_index_wrote_is_on_the_disk_when_tidy_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: set[Path] = set()
    monkeypatch.setattr("vladva.indexes.durable._flush", lambda path, flags: flushed.add(path))
    store = filled(tmp_path, held())
    store.tidy()
    files = index_files(tmp_path)
    assert files
    assert {*files, *(file.parent for file in files)} <= flushed
    (place,) = {file.parent.parent for file in files}
    assert place in flushed
    flushed.clear()
    Durable([place]).sync()
    assert not flushed


def test_a_table_of_an_older_program_answers_or_says_what_it_lacks(tmp_path: Path) -> None:
    store = filled(tmp_path, held())
    store._table.drop_columns(["keywords", "lens"])
    old = LanceStore(tmp_path, "words", 2)
    assert found(old, "beach house") == [0, 1]
    old.tidy()
    with pytest.raises(LibraryError, match="older program"):
        old.select("lens IS NULL")


def test_the_doctor_takes_no_index_for_damage_of_the_table(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library, library.lock():
        library.activate("m", "words", 2)
        store = LanceStore(library.folder, "words", 2)
        put(store, [replace(row, id=library.photo_id(row.path)) for row in held()])
        store.tidy()
        assert index_files(library.folder)
    for _ in range(2):
        assert [f.message for f in examine(library.folder) if f.severity == "error"] == []
        assert repair(library.folder) == []
        for file in index_files(library.folder):
            file.write_bytes(b"")


def test_a_build_that_was_killed_half_way_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path, held())
    with monkeypatch.context() as patch:
        patch.setattr(literal, "COLUMNS", literal.COLUMNS[:1])
        literal.build(store._table)
    assert literal.indexed(store._table) == {"caption"}
    assert found(store, "beach house") == [0, 1, 2]
    store.tidy()
    assert literal.indexed(store._table) == {"caption", "keywords", "path"}
    assert found(store, "Zurich") == [2]
