"""What a fit is worth, in figures: counted by hand, with and without the second stage."""

from pathlib import Path
from typing import Any

import numpy as np

from vladva.encoders import load_encoder
from vladva.indexes.figures.calibration import Questions, draw, measure
from vladva.indexes.figures.calibration_figures import trust, trust_checked
from vladva.indexes.ranking.calibrate import packaged_fit
from vladva.indexes.ranking.fit import Fit
from vladva.indexes.ranking.fitting import Example

PLAIN = Fit((50.0, 0.0, 0.0, 0.0), (-5.0, 0.0, 10.0, 0.0), 0.5, 0.5, 1.0, ("a",))
AT = np.array([0.9, 0.6, 0.1, 0.2], np.float32)  # the first two are kept
NONE = np.empty(0, np.int64)
ASKED = [
    Example(AT, np.array([0, 2]), 0.0, "many"),
    Example(AT, NONE, 0.0, "far"),
    Example(AT / 10, NONE, 0.0, "far"),
    Example(AT, np.array([0]), 0.0, "one", np.array([1])),
]


def test_the_diagrams_are_drawn(tmp_path: Path) -> None:
    found = trust(PLAIN, ASKED)
    found.sorts["pair"] = found.sorts["far"]
    for name in draw(found, tmp_path / "plots"):
        assert (tmp_path / "plots" / name).read_bytes().startswith(b"\x89PNG")


def test_figures_count_by_hand() -> None:
    found: Any = trust(PLAIN, ASKED).figures()
    assert found["many"] == {"questions": 1, "recall": 50.0, "precision": 50.0, "found": 100.0}
    assert found["far"] == {"questions": 2, "nothing_found": 50.0}
    assert found["one"] == {"questions": 1, "recall": 100.0, "precision": 100.0, "found": 100.0}


def test_who_looks_sees_the_first_hits_in_their_order_and_drops_what_fails() -> None:
    seen: list[list[int]] = []

    def look(rows: list[int]) -> list[bool]:
        seen.append(rows)
        return [row == 0 for row in rows]

    found: Any = trust_checked(PLAIN, [(one, look) for one in ASKED], 5).figures()
    assert seen == [[0, 1], [0, 1], [0, 1]]  # nobody looks where nothing is found
    assert found["far"] == found["far_checked"] == {"questions": 2, "nothing_found": 50.0}
    assert found["many_checked"]["precision"] == 100.0
    assert found["many"]["precision"] == 50.0
    seen.clear()
    one: Any = trust_checked(PLAIN, [(ASKED[1], lambda _: [False])], 1).figures()
    assert one["far_checked"]["nothing_found"] == 0.0  # the second hit stays: nobody looked at it
    two: Any = trust_checked(PLAIN, [(ASKED[1], lambda rows: [False] * len(rows))], 2).figures()
    assert two["far_checked"]["nothing_found"] == 100.0


def test_mini_asks_every_constraint_of_the_first_hits_of_a_drawn_library() -> None:
    mini: Any = load_encoder("mini")
    fit = packaged_fit(mini)
    assert fit is not None
    asked = Questions([5], 120, 4)
    plain: Any = measure(mini, fit, asked).figures()
    found: Any = measure(mini, fit, asked, mini.generator()).figures()
    assert {name: found[name] for name in plain} == plain
    for sort in ("far", "pair", "change"):
        checked, before = found[f"{sort}_checked"], found[sort]
        assert checked["questions"] == before["questions"] == 4
        assert checked["nothing_found"] >= before["nothing_found"]
    assert found["one_checked"]["precision"] > found["one"]["precision"]
