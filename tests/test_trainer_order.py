"""Which rows are held out, and which rows each step sees."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vladva.trainer.order import batches, pick, split

NAMES = [f"images/{number}.jpg" for number in range(2000)]


def test_the_share_is_about_right_and_the_parts_make_the_whole() -> None:
    rows, held = split(NAMES, 0.1, seed=0)
    assert 150 < len(held) < 250
    assert sorted([*rows, *held]) == list(range(2000))
    assert split(NAMES, 0.0, seed=0, least=20)[1].tolist() == []


def test_rows_that_are_added_move_none() -> None:
    few = {NAMES[i] for i in split(NAMES[:1500], 0.1, seed=3)[1]}
    more = {NAMES[i] for i in split(NAMES, 0.1, seed=3)[1]}
    assert few == {name for name in more if NAMES.index(name) < 1500}


def test_rows_of_one_picture_stay_together_and_another_seed_holds_out_others() -> None:
    names = [f"{number % 100}.jpg" for number in range(500)]
    rows, held = split(names, 0.3, seed=0)
    assert not {names[i] for i in rows} & {names[i] for i in held}
    assert split(names, 0.3, seed=1)[1].tolist() != held.tolist()


def test_a_least_number_is_held_out_but_no_more_than_half() -> None:
    assert len(split(NAMES[:100], 0.01, seed=0, least=20)[1]) == 20
    assert len(split(NAMES[:10], 0.01, seed=0, least=20)[1]) == 5
    assert len(split(NAMES[:1], 0.5, seed=0, least=1)[1]) == 0
    assert [len(part) for part in split([], 0.5, seed=0)] == [0, 0]


def test_the_part_held_out_is_the_same_on_every_machine() -> None:
    assert split(NAMES[:60], 0.1, seed=0)[1].tolist() == [22, 35, 44, 46, 55, 57]


@settings(deadline=None, max_examples=50)
@given(
    count=st.integers(1, 40), size=st.integers(1, 60), start=st.integers(0, 50), seed=st.integers(0)
)
def test_any_step_is_known_without_the_steps_before_it(
    count: int, size: int, start: int, seed: int
) -> None:
    rows = np.arange(100, 100 + count)
    whole = list(islice(batches(rows, size, seed), start + 3))
    later = list(islice(batches(rows, size, seed, start), 3))
    for (epoch, one), (other_epoch, other) in zip(whole[start:], later, strict=True):
        assert epoch == other_epoch
        assert one.tolist() == other.tolist()
        assert len(one) == size


@settings(deadline=None, max_examples=50)
@given(count=st.integers(1, 30), size=st.integers(1, 40))
def test_every_epoch_has_every_row_once(count: int, size: int) -> None:
    steps = 4 * count // size + 2
    stream = [row for _, rows in islice(batches(np.arange(count), size, 0), steps) for row in rows]
    for epoch in range(3):
        assert sorted(stream[epoch * count : (epoch + 1) * count]) == list(range(count))


def test_epochs_differ_and_are_counted() -> None:
    found = list(islice(batches(np.arange(64), 32, 0), 4))
    assert [epoch for epoch, _ in found] == [0, 0, 1, 1]
    assert found[0][1].tolist() != found[2][1].tolist()
    with pytest.raises(ValueError, match="0 rows"):
        next(batches(np.arange(0), 3, 0))


def test_a_pick_hangs_on_the_key_alone_and_reaches_every_choice() -> None:
    picks = [pick(5, 0, 1, row, "short") for row in range(500)]
    assert picks == [pick(5, 0, 1, row, "short") for row in range(500)]
    assert all(70 < picks.count(choice) < 130 for choice in range(5))
    assert picks != [pick(5, 0, 2, row, "short") for row in range(500)]
