"""The storm, small: more events than there are marks, and nothing is missed."""

import pytest
from watching import InlinePool

from vladva.indexes import reading as reading_module
from vladva.indexes.figures.storm import measure


def test_a_storm_is_found_whole_a_rename_and_a_root_away_cost_no_encode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_module, "DecodePool", InlinePool)
    storm, renamed, away = measure(2000)
    assert storm["found"] == 2000
    assert storm["whole_looks"] <= 4  # more only where writing takes long
    assert (renamed["moved"], renamed["decodes"], renamed["encodes"]) == (2000, 0, 0)
    assert (away["rows"], away["rows_lost"], away["encodes"]) == (2002, 0, 0)
