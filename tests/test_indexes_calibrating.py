"""When a library gets a fit of its own."""

from pathlib import Path

import pytest
from app_colours import ColourEncoder, paint
from app_fakes import index

from vladva.indexes import calibrating
from vladva.indexes.calibrating import calibrate, wish
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.ranking.calibrate import kept_fit
from vladva.indexes.ranking.fit import Fit

FIT = Fit((0, 1, 1, -1), (0, 0, 1, 1), 0.1, 0.1, 10.0, ("a dog",))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A fit from 2 captions on; how many photos there were each time it was made."""
    times: list[int] = []
    monkeypatch.setattr(calibrating, "ENOUGH", 2)

    def own_fit(_encoder: object, snapshot: list[object]) -> Fit:
        times.append(len(snapshot))
        return FIT

    monkeypatch.setattr(calibrating, "own_fit", own_fit)
    return times


def told(photos: Path, *names: str) -> None:
    """Let only these have captions."""
    for file in photos.glob("*.jpg"):
        file.with_suffix(".txt").unlink(missing_ok=True)
    for name in names:
        (photos / f"{name}.txt").write_text(f"all of it is {name}")


def test_only_a_library_that_asked_for_it_gets_a_fit(tmp_path: Path, made: list[int]) -> None:
    photos = paint(tmp_path / "photos")
    told(photos, "red", "blue")
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, photos)
        assert made == []
        wish(library, on=True)
        index(library, photos)
        assert len(made) == 1
        assert kept_fit(library, ColourEncoder().fingerprint) == FIT
        wish(library, on=False)
        assert kept_fit(library, ColourEncoder().fingerprint) is None


def test_it_is_made_again_only_as_the_library_changes(tmp_path: Path, made: list[int]) -> None:
    photos = paint(tmp_path / "photos")
    told(photos, "red", "blue")
    with Library.open(tmp_path / "library", create=True) as library:
        wish(library, on=True)
        index(library, photos)
        index(library, photos)
        assert len(made) == 1
        told(photos, "red", "blue", "green")
        index(library, photos)
        assert len(made) == 2


def test_without_enough_captions_it_goes(tmp_path: Path, made: list[int]) -> None:
    photos, encoder = paint(tmp_path / "photos"), ColourEncoder()
    told(photos, "red", "blue")
    with Library.open(tmp_path / "library", create=True) as library:
        wish(library, on=True)
        index(library, photos)
        told(photos, "red")
        index(library, photos)
        assert len(made) == 1
        assert kept_fit(library, encoder.fingerprint) is None
        store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
        assert not calibrate(library, encoder, store)
