"""The indexing of a page: begun when it opens, steered, and left to whoever holds the library."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_colours import ColourEncoder, load_colours
from fakes import make_row, unit_vectors

from vladva.app.jobs import Indexing
from vladva.app.page_state import page_state
from vladva.app.rates import Rates
from vladva.app.report import KEPT_NOTES, KEPT_SKIPS, Report
from vladva.app.session import Session
from vladva.app.sources import Source
from vladva.errors import LibraryError
from vladva.indexes.events import Event, Indexed, Notice, Progress, Skipped, Watching
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Active, Library
from vladva.indexes.post import Post
from vladva.indexes.switch import begin
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy, introduce
from vladva.protocols import Encoder

WAIT_S = 60


class Runs:
    """Stands for `index_folders`: tells what it is told, then watches until it is stopped."""

    def __init__(self, library: Library, *told: Event, error: Exception | None = None) -> None:
        self._library = library
        self._told = told
        self._error = error
        self.folders: list[list[Path]] = []

    def __call__(
        self, encoder: Encoder, folders: Sequence[Path], stop: threading.Event
    ) -> Generator[Event, None, None]:
        if self._library.locked():
            raise Busy("Another program writes.", "")
        self.folders.append(list(folders))
        if self._error is not None:
            raise self._error
        with self._library.lock():
            yield from self._told
            yield Watching(len(folders))
            assert stop.wait(WAIT_S)


def known(library: Library, folder: Path) -> Path:
    """A root of the library, and one row, as a run would have left them."""
    folder.mkdir()
    used = ColourEncoder()
    library.add_root(folder)
    library.activate(used.name, used.fingerprint, used.dim)
    store = LanceStore(library.folder, used.fingerprint, used.dim)
    store.put([make_row(1)], unit_vectors(np.random.default_rng(0), 1, used.dim))
    return folder


def indexing(library: Library, runs: Runs) -> Indexing:
    return Indexing(Session(library, load_colours), runs, lambda _stop: iter(()), Throttle())


def watches(page: Indexing) -> bool:
    return page.report.stage == "watching"


def end(page: Indexing) -> None:
    """Else a run that does not hear of its stop would only make its test slow."""
    page.stop()
    assert page.wait(WAIT_S)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def test_a_page_that_opens_watches_the_folders_of_its_library(
    library: Library, tmp_path: Path
) -> None:
    photos = known(library, tmp_path / "photos")
    runs = Runs(library, Progress(0, 2, 1.0, 2.0), Indexed("/a.jpg"), Skipped("/b.jpg", "no", ""))
    page = indexing(library, runs)
    page.open()
    until(lambda: page.report.stage == "watching")
    assert runs.folders == [[photos]]
    shown = page.report.as_json()
    assert (shown["running"], shown["roots"], shown["changes"]) == (False, 1, 3)
    assert (shown["summary"]["indexed"], shown["summary"]["skipped"]) == (1, 1)
    end(page)
    assert page.report.stage == "stopped"


def test_a_library_without_a_folder_is_held_by_nobody(library: Library) -> None:
    page = indexing(library, Runs(library))
    page.open()
    assert page.report.stage == "idle"
    assert not library.locked()


def test_a_page_waits_for_its_turn_and_meanwhile_cannot_hold_the_other_back(
    library: Library, tmp_path: Path
) -> None:
    known(library, tmp_path / "photos")
    page = indexing(library, Runs(library))
    with library.lock():
        page.open()
        until(lambda: page.report.stage == "elsewhere")
        assert "process" in page.report.message
        for wish in (page.pause, page.resume, lambda: page.slow(0.5)):
            with pytest.raises(LibraryError, match="cannot hold it back"):
                wish()
    until(lambda: page.report.stage == "watching")
    assert page.report.message == ""
    end(page)


def test_a_new_folder_is_watched_together_with_the_others(library: Library, tmp_path: Path) -> None:
    known(library, tmp_path / "one")
    runs = Runs(library)
    page = indexing(library, runs)
    two = tmp_path / "two"
    page.index(two)
    until(lambda: page.report.stage == "watching")
    assert runs.folders == [[tmp_path / "one", two]]
    end(page)


def test_a_wish_outlives_the_program_that_was_asked(library: Library, tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    known(library, one)
    for folder in (two, three):
        folder.mkdir()
    runs = Runs(library)
    page = indexing(library, runs)
    with library.lock():
        page.index(two)
        until(lambda: page.report.stage == "elsewhere")
        page.index(three)
        with Post(library.folder) as post:
            until(lambda: len(post.waiting()) == 2)
    until(lambda: page.report.stage == "watching")
    assert runs.folders == [[one, three, two]]
    end(page)
    until(lambda: not page.report.running)


def test_a_page_that_waits_for_others_can_be_stopped(library: Library, tmp_path: Path) -> None:
    known(library, tmp_path / "one")
    page = indexing(library, Runs(library))
    with library.lock():
        page.index(tmp_path / "one")
        until(lambda: page.report.asked > 0 and page.report.stage == "elsewhere")
        end(page)
        assert page.report.stage == "stopped"
        assert not page.report.running


def test_a_wish_right_after_a_stop_begins_anew(library: Library, tmp_path: Path) -> None:
    known(library, tmp_path / "one")
    runs = Runs(library)
    page = indexing(library, runs)
    page.open()
    until(lambda: page.report.stage == "watching")
    page.stop()
    (tmp_path / "two").mkdir()
    page.index(tmp_path / "two")
    until(lambda: len(runs.folders) == 2)
    assert runs.folders[1] == [tmp_path / "one", tmp_path / "two"]
    end(page)


def test_a_wish_after_a_stop_that_takes_its_time_is_met_in_the_end(
    library: Library, tmp_path: Path
) -> None:
    known(library, tmp_path / "one")
    (tmp_path / "two").mkdir()
    runs, slow = Runs(library), threading.Event()

    def lingering(
        encoder: Encoder, folders: Sequence[Path], stop: threading.Event
    ) -> Generator[Event, None, None]:
        yield from runs(encoder, folders, stop)
        assert slow.wait(WAIT_S)  # as an encoder in the middle of a batch

    page = Indexing(Session(library, load_colours), lingering, lambda _stop: iter(()), Throttle())
    page.open()
    until(lambda: watches(page))
    page.stop()
    page.index(tmp_path / "two")
    assert page.report.stage == "loading"
    slow.set()
    until(lambda: watches(page))
    assert runs.folders[1] == [tmp_path / "one", tmp_path / "two"]
    end(page)


def test_a_wish_that_comes_before_the_run_has_the_library_waits_for_it(
    library: Library, tmp_path: Path
) -> None:
    known(library, tmp_path / "one")
    two = tmp_path / "two"
    two.mkdir()
    runs, begun = Runs(library), threading.Event()

    def late(
        encoder: Encoder, folders: Sequence[Path], stop: threading.Event
    ) -> Generator[Event, None, None]:
        assert begun.wait(WAIT_S)
        yield from runs(encoder, folders, stop)

    page = Indexing(Session(library, load_colours), late, lambda _stop: iter(()), Throttle())
    page.open()
    until(lambda: page.report.stage == "indexing")
    page.index(two)
    time.sleep(0.3)
    assert page.report.notes == {}
    begun.set()
    with Post(library.folder) as post:
        until(lambda: len(post.waiting()) == 1)  # for the run, which here does not look
    end(page)
    until(lambda: not page.report.running)


def test_what_stops_a_run_is_told_with_its_remedy(library: Library, tmp_path: Path) -> None:
    for error, said in (
        (LibraryError("The disk is full.", "Make room."), ("The disk is full.", "Make room.")),
        (ValueError("a bug"), ("ValueError: a bug", "")),
    ):
        page = indexing(library, Runs(library, error=error))
        page.index(tmp_path)
        assert page.wait(WAIT_S)
        assert page.report.stage == "failed"
        assert (page.report.message, page.report.hint) == said


def test_pause_and_speed_are_those_of_the_run(library: Library) -> None:
    page = indexing(library, Runs(library))
    page.pause()
    page.slow(0.25)
    assert (page.report.as_json()["paused"], page.report.as_json()["share"]) == (True, 0.25)
    page.resume()
    assert not page.report.as_json()["paused"]


def test_a_change_that_another_program_stops_is_told(library: Library, tmp_path: Path) -> None:
    known(library, tmp_path / "one")
    session = Session(library, lambda name, **_options: ColourEncoder(name, f"colours-of-{name}"))
    page = Indexing(session, Runs(library), lambda _stop: iter(()), Throttle())
    with library.lock():
        page.change(Source("second"))
        until(lambda: page.report.stage == "elsewhere")
        assert page.report.changing == ""
        assert any("the change to second was left" in text for text in page.report.notes)
    end(page)


def test_a_change_that_another_program_makes_is_not_offered_to_go_on_with(
    library: Library, tmp_path: Path
) -> None:
    known(library, tmp_path / "one")
    begin(library, Active("second", "second-1", 4))
    page = indexing(library, Runs(library))

    def shown() -> dict[str, Any]:
        return page_state(Session(library, load_colours), page.report)

    assert shown()["unfinished"] == "second"
    with library.lock():
        introduce(library.folder, "mini", "first-1", watching=True)
        assert shown()["unfinished"] == "second"
        introduce(library.folder, "second", "second-1", watching=False)
        assert shown()["unfinished"] is None


def test_a_wish_that_is_waited_for_ends_in_the_report_that_it_began_in(
    library: Library, tmp_path: Path
) -> None:
    known(library, tmp_path / "one")
    page = indexing(library, Runs(library))
    page.open()
    until(lambda: page.report.stage == "watching")
    two = tmp_path / "two"
    two.mkdir()  # for a folder that is not there the wish would end at once
    page.index(two)
    before = page.report
    assert before.asked == 1
    page._background.start("all folders", page._keeping.watch)
    until(lambda: before.asked == 0)
    assert page.report is not before
    assert page.report.asked == 0
    end(page)


def test_the_rate_of_a_run_that_is_held_back_is_not_remembered(
    library: Library, tmp_path: Path
) -> None:
    known(library, tmp_path / "one")
    for share, kept in ((0.5, None), (1.0, 40.0)):
        page = indexing(library, Runs(library, Progress(500, 1_000, 40.0, None)))
        page.slow(share)
        page.open()
        until(partial(watches, page))
        assert Rates(library).of(Source("mini")) == kept
        end(page)


def test_a_report_of_days_stays_small() -> None:
    report = Report(Throttle())
    for number in range(1000):
        report.take(Skipped(f"/{number}.jpg", "damaged", ""))
        report.take(Notice(f"notice {number}", ""))
        report.take(Notice("again", ""))
    shown = report.as_json()
    assert len(shown["skipped"]) == KEPT_SKIPS
    assert len(shown["notes"]) == KEPT_NOTES
    assert shown["notes"][-1]["text"] == "again"


def test_a_page_is_busy_again_while_something_that_it_watches_is_read() -> None:
    report = Report(Throttle())
    for event, stage in (
        (Watching(1), "watching"),
        (Progress(0, 500, 0.0, None), "indexing"),
        (Watching(1), "watching"),
        (Indexed("/one.jpg"), "watching"),
    ):
        report.take(event)
        assert report.stage == stage
