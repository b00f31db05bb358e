"""The database and the reference give the same rows for any filters, and nothing typed is SQL."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fakes import make_row

from vladva.indexes.figures.queries import rows
from vladva.indexes.lance import LanceStore
from vladva.indexes.query.filters import FILTERS, checked, matches, where
from vladva.indexes.query.masks import Masks
from vladva.indexes.query.parse import parse
from vladva.indexes.store import Row


def stored(folder: Path, held: Sequence[Row]) -> LanceStore:
    (folder / "tables").mkdir()
    store = LanceStore(folder, "filters", 2)
    store.put(held, np.tile(np.array([1, 0], np.float32), (len(held), 1)))
    return store


def test_the_database_agrees_with_the_reference_on_hostile_values(tmp_path: Path) -> None:
    rng = random.Random(3)
    held = rows(rng, 80)
    store = stored(tmp_path, held)
    facts = store.facts()
    masks = Masks(facts, store.select)
    texts = [t for r in held for t in (r.path, r.camera, r.lens, r.caption, r.keywords) if t]
    values = {name: list(condition.names()) for name, condition in FILTERS.items()}
    days = ["2023", "2023-05", "1999-12-31", "2023-1", "2023-05-07T10:00"]
    values |= dict.fromkeys(("after", "before", "on"), days)
    values["rating"] = ["-1", "0", "4", "5"]
    some = 0
    for _ in range(400):
        filters = []
        for name in rng.sample(sorted(FILTERS), rng.randint(1, 2)) * rng.randint(1, 2):
            text = rng.choice(texts).replace("\n", " ")
            start = rng.randrange(len(text))
            part = text[start : start + rng.randint(1, 9)]
            part = part.replace("/", "a") if name == "file" else part
            op = rng.choice(FILTERS[name].ops)
            minus = op == "=" and FILTERS[name].negatable and rng.random() < 0.3
            value = rng.choice(values[name] or [part if FILTERS[name].value(part) else "a"])
            filters.append(checked(name, op, value, minus=minus))
        found = store.select(where(filters)).to_pylist()
        assert sorted(found) == [r.id for r in held if matches(filters, r)], filters
        mask = masks(filters)
        assert mask is not None
        assert facts["id"].filter(pa.array(mask)).to_pylist() == [
            id_ for id_ in facts["id"].to_pylist() if id_ in set(found)
        ], filters
        some += 0 < len(found) < len(held)
    assert some > 150  # the comparison is about something


def ids(held: Sequence[Row], typed: str) -> list[int]:
    """Numbers of the rows that the reference finds."""
    return [row.inode - 2**63 for row in held if matches(parse(typed).filters, row)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("folder:2019/italy", [0, 1]),
        ("folder:italy", [0, 1]),
        ("folder:italy/", [0]),
        ("folder:taly", []),
        ("folder:/P/2019", [0, 1]),
        ("folder:one.jpg", []),
        ("folder:zürich", [2]),
        ("file:ONE", [0]),
        ("folder:italy/ folder:zürich", [0, 2]),
        ("-folder:italy", [2]),
        ("camera:pixel", [0]),
        ("-camera:pixel", [1, 2]),
        ("after:2023-05", [0, 1]),
        ("before:2023-05", []),
        ("before:2023-05-02", [0]),
        ("after:2023-05-01T12 before:2024", None),
        ("after:2023-05-01T12:00 before:2024", [1]),
        ("on:2023-05", [0, 1]),
        ("on:2023-05-31 on:2023-05-01", [0, 1]),
        ("-on:2023-05-31", [0, 2]),
        ("rating:>=4", [0]),
        ("rating:4 rating:2", [0, 1]),
        ("rating:>2 rating:<5", [0]),
        ("keyword:sea", [0]),
        ("keyword:sea keyword:sun", [0]),
        ("keyword:se", []),
        ("type:jpg", [0, 1]),
        ("type:jpg type:png", [0, 1, 2]),
        ("is:animated", [2]),
        ("is:landscape", [0]),
        ("has:gps", [1]),
        ("has:caption -caption-source:machine", [1]),
        ("caption-source:mine", [1]),
        ("caption-source:machine", [0]),
    ],
)
def test_filters_mean_what_the_page_about_them_says(typed: str, expected: list[int] | None) -> None:
    held = [
        make_row(0, path="/p/2019/Italy/one.jpg", camera="Google Pixel 7", rating=4, width=9,
                 taken_at="2023-05-01T10:00:00", keywords="Sea\nsun", caption="a",
                 caption_source="machine:mini", lat=None, format="jpeg", animated=0),
        make_row(1, path="/p/2019/italy trip/two.jpg", camera=None, rating=2, width=2, lat=1.0,
                 taken_at="2023-05-31T23:59:59+02:00", keywords=None, caption="b",
                 caption_source="xmp", format="jpeg", animated=0),
        make_row(2, path="/p/Zu\u0308rich/three.gif", camera=None, rating=None, width=2,
                 taken_at=None, keywords=None, caption=None, lat=None, format="png", animated=1),
    ]  # fmt: skip
    if expected is None:
        with pytest.raises(Exception, match="does not take"):
            parse(typed)
        return
    assert ids(held, typed) == expected


def test_no_filter_is_no_condition() -> None:
    assert where([]) is None
    assert matches([], make_row(1))


def test_a_mask_holds_rows_to_literal_texts_and_knows_only_its_own_rows(tmp_path: Path) -> None:
    held = [make_row(n, path=f"/p/{n}.jpg", caption="a beach house", rating=n) for n in range(4)]
    store = stored(tmp_path, held)
    masks = Masks(store.facts(), store.select)
    store.put(
        [make_row(9, path="/p/9.jpg", caption="a beach house")], np.eye(1, 2, dtype=np.float32)
    )
    assert masks([]) is None
    nobody = masks(parse("file:none").filters, ["nowhere"])
    assert nobody is not None
    assert not nobody.any()
    assert masks([], ["beach house"]).tolist() == [True] * 4  # type: ignore[union-attr]
    found = masks(parse("rating:>=2").filters, ["beach"])
    assert found is not None
    assert found.tolist() == [False, False, True, True]
    assert masks(parse("file:2 file:3 rating:3").filters, []).tolist() == [False] * 3 + [True]  # type: ignore[union-attr]


def test_a_mask_of_an_empty_table_has_no_rows(tmp_path: Path) -> None:
    store = stored(tmp_path, [])
    masks = Masks(store.facts(), store.select)
    assert masks([]) is None
    for typed in ("rating:4", "file:a", "-folder:b"):
        mask = masks(parse(typed).filters, ["beach"])
        assert mask is not None
        assert mask.shape == (0,)
