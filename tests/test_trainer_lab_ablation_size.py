import json
from pathlib import Path

import pytest

from vladva.trainer.lab.ablation_size import BAND, LADDER, chosen, search


def swaps(*values: float) -> dict[int, float]:
    return dict(zip(LADDER, values, strict=False))


def test_the_first_size_within_the_band_is_taken_and_no_larger_one_tried(tmp_path: Path) -> None:
    known, tried = swaps(50.0, 55.0, 66.0), []
    taken = search(tmp_path, "base", lambda scenes: tried.append(scenes) or known[scenes])
    assert taken == LADDER[2]
    assert tried == list(LADDER[:3])
    facts = json.loads((tmp_path / "size.json").read_text())
    assert facts["in_band"]
    assert facts["tried"] == {str(LADDER[i]): known[LADDER[i]] for i in range(3)}
    assert chosen(tmp_path, "base") == taken
    assert chosen(tmp_path, "another") is None


@pytest.mark.parametrize(
    ("found", "at"),
    [((50.0, 63.0, 95.0), 1), ((50.0, 51.0, 81.0), 2), ((50.0,) * 6 + (60.0,), 6)],
)
def test_where_no_size_is_in_the_band_the_nearest_is_taken_and_it_says_so(
    tmp_path: Path, found: tuple[float, ...], at: int
) -> None:
    known = swaps(*found)
    assert search(tmp_path, "base", known.__getitem__) == LADDER[at]
    assert not json.loads((tmp_path / "size.json").read_text())["in_band"]


def test_a_search_that_was_killed_goes_on_and_one_that_ended_is_not_made_again(
    tmp_path: Path,
) -> None:
    def killed(scenes: int) -> float:
        if scenes == LADDER[1]:
            raise KeyboardInterrupt
        return 50.0

    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, "base", killed)
    assert chosen(tmp_path, "base") is None
    known = {LADDER[1]: BAND[0]}
    assert search(tmp_path, "base", known.__getitem__) == LADDER[1]
    assert search(tmp_path, "base", {}.__getitem__) == LADDER[1]
