"""From one encoder to the next: both tables while it lasts, one when it is done."""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEncoder, write_photo

from vladva.errors import EncoderMismatch
from vladva.indexes import switch
from vladva.indexes.events import Indexed, Summary
from vladva.indexes.lance import LanceStore, table_exists, table_name
from vladva.indexes.library import Active, Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.search import Searcher
from vladva.indexes.status import status
from vladva.protocols import Prepared, Vectors

ONE, TWO, THREE = (FakeEncoder(name, seed=seed) for seed, name in enumerate(("one", "two", "3")))


@pytest.fixture
def photos(tmp_path: Path, library: Library) -> Path:
    """A folder that the first encoder has indexed."""
    for number in range(8):
        write_photo(tmp_path / "photos" / f"{number}.jpg", number)
    run(library, ONE, tmp_path / "photos")
    return tmp_path / "photos"


def run(library: Library, encoder: FakeEncoder, folder: Path, *, beside: bool = False) -> Summary:
    events = list(index_folders(library, encoder, [folder], workers=1, beside=beside))
    assert isinstance(events[-1], Summary)
    return events[-1]


def break_off(library: Library, encoder: FakeEncoder, folder: Path) -> None:
    """A run that is stopped after three pictures."""
    stop = threading.Event()

    class Stopping(FakeEncoder):
        def encode(self, pictures: Sequence[Prepared]) -> Vectors:
            if self.pictures + len(pictures) >= 3:
                stop.set()
            return super().encode(pictures)

    same = Stopping(encoder.name, seed=encoder.seed)
    list(index_folders(library, same, [folder], batch_size=1, workers=1, stop=stop))


def tables(library: Library) -> set[str]:
    return {place.stem for place in (library.folder / "tables").iterdir()}


def names(*encoders: FakeEncoder) -> set[str]:
    return {table_name(encoder.fingerprint) for encoder in encoders}


def active(encoder: FakeEncoder) -> Active:
    return Active(encoder.name, encoder.fingerprint, encoder.dim)


def test_the_old_encoder_answers_until_the_new_one_is_complete_and_then_it_goes(
    library: Library, photos: Path
) -> None:
    events = index_folders(library, TWO, [photos], batch_size=2, workers=1)
    searcher = Searcher(library, ONE)
    for event in events:
        if not isinstance(event, Summary):
            assert searcher.count == 8
            assert library.active() == active(ONE)
    assert library.active() == active(TWO)
    assert library.encoders() == [active(TWO)]
    assert tables(library) == names(TWO)
    assert Searcher(library, TWO).count == 8
    with pytest.raises(EncoderMismatch):
        Searcher(library, ONE)
    assert not table_exists(library.folder, ONE.fingerprint)  # nor was it made by asking


def test_a_change_that_is_broken_off_goes_on_where_it_was(library: Library, photos: Path) -> None:
    break_off(library, TWO, photos)
    assert library.active() == active(ONE)
    assert status(library).building is None
    held = len(LanceStore(library.folder, TWO.fingerprint, TWO.dim).known())
    assert held == 3
    assert run(library, ONE, photos).unchanged == 8  # the old one is brought up to date meanwhile
    assert tables(library) == names(ONE, TWO)
    summary = run(library, TWO, photos)
    assert (summary.unchanged, summary.encodes) == (held, 8 - held)
    assert tables(library) == names(TWO)


def test_status_shows_both_while_one_is_being_built(library: Library, photos: Path) -> None:
    events = index_folders(library, TWO, [photos], batch_size=1, workers=1)
    next(event for event in events if isinstance(event, Indexed))
    found = status(library)
    assert (found.model, found.photos) == ("one", 8)
    assert found.building is not None
    assert (found.building.model, found.building.total) == ("two", 8)
    events.close()
    library.set("building", {"model": "two", "fingerprint": "", "done": 1, "total": 8})  # as killed
    with library.lock():
        switch.clear(library)
        assert status(library).building is None  # somebody is at something else


def test_a_table_that_was_begun_and_never_wanted_again_goes_with_the_next_change(
    library: Library, photos: Path
) -> None:
    break_off(library, TWO, photos)
    run(library, THREE, photos)
    assert tables(library) == names(THREE)


def test_what_stands_beside_is_never_in_use_and_never_given_back(
    library: Library, photos: Path
) -> None:
    run(library, TWO, photos, beside=True)
    assert library.active() == active(ONE)
    run(library, THREE, photos)
    assert tables(library) == names(TWO, THREE)
    assert Searcher(library, TWO).count == 8


def test_nothing_is_given_back_while_a_root_is_away_that_only_the_old_table_knows(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    write_photo(tmp_path / "disk" / "x.jpg", 50)
    run(library, ONE, tmp_path / "disk")
    (tmp_path / "disk").rename(tmp_path / "away")
    run(library, TWO, photos)
    assert library.active() == active(TWO)
    assert tables(library) == names(ONE, TWO)
    (tmp_path / "away").rename(tmp_path / "disk")
    run(library, TWO, tmp_path / "disk")
    assert tables(library) == names(TWO)
    assert status(library).photos == 9


def test_resident_files_go_with_their_table(library: Library, photos: Path) -> None:
    (library.folder / "resident").mkdir(exist_ok=True)
    old, new = (
        library.folder / "resident" / f"{table_name(encoder.fingerprint)}.7.arrow"
        for encoder in (ONE, TWO)
    )
    old.touch()
    new.touch()
    run(library, TWO, photos)
    assert (old.exists(), new.exists()) == (False, True)
    assert len(list((library.folder / "thumbs").rglob("*.jpg"))) == 8


def test_a_return_to_an_encoder_never_meets_a_half_deleted_table(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(place: Path, **_: object) -> None:
        next((place / "data").iterdir()).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(switch.shutil, "rmtree", half)
        with pytest.raises(KeyboardInterrupt):
            run(library, TWO, photos)
    assert library.active() == active(TWO)
    summary = run(library, ONE, photos)
    assert (summary.indexed, summary.encodes) == (8, 8)
    assert Searcher(library, ONE).count == 8
    assert tables(library) == names(ONE)


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
@pytest.mark.parametrize("step", ["set", "activate", "unregister", "rmtree"])
def test_killed_in_the_middle_of_the_change_the_next_run_completes_it(
    library: Library, photos: Path, tmp_path: Path, step: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "if __name__ == '__main__':\n"
        "    from test_indexes_switch import *\n"
        "    def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        "    real = switch.end\n"
        "    def end(*args, **options):\n"
        f"        place = switch.shutil if {step!r} == 'rmtree' else Library\n"
        f"        setattr(place, {step!r}, die)\n"
        "        real(*args, **options)\n"
        "    switch.end = end\n"
        f"    with Library.open({str(library.folder)!r}, create=False) as library:\n"
        f"        run(library, TWO, Path({str(photos)!r}))\n"
    )
    done = subprocess.run([sys.executable, str(script)], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert status(library).photos == 8
    assert run(library, TWO, photos).encodes == 0
    assert library.encoders() == [active(TWO)]
    assert tables(library) == names(TWO)
    assert status(library).building is None
