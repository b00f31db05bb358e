"""Since when a folder is away."""

from pathlib import Path

import pytest

from vladva.indexes import absence
from vladva.indexes.absence import away_since
from vladva.indexes.library import Library


def test_a_folder_is_away_since_it_was_first_missed_until_it_is_back(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(["1st", "2nd", "3rd"])
    monkeypatch.setattr(absence, "now", lambda: next(moments))
    one, two = (str(tmp_path / name) for name in ("one", "two"))
    for folder in (one, two):
        library.add_root(folder)
    assert away_since(library) == {}
    library.set_root(one, state="offline")
    assert away_since(library) == {one: "1st"}
    library.set_root(two, state="offline")
    assert away_since(library) == {one: "1st", two: "2nd"}
    library.set_root(one, state="watched")
    assert away_since(library) == {two: "2nd"}
    library.set_root(one, state="offline")
    assert away_since(library) == {one: "3rd", two: "2nd"}
    library.drop_root(two)
    assert away_since(library) == {one: "3rd"}
