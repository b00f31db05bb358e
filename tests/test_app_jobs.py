"""The indexing of a page: begun when it opens, steered, and left to whoever holds the library."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from app_colours import ColourEncoder, load_colours
from app_runs import WAIT_S, Runs, end, indexing, known, until, watches

from vladva.app.jobs import Indexing
from vladva.app.page_state import page_state
from vladva.app.rates import Rates
from vladva.app.report import KEPT_NOTES, KEPT_SKIPS, Report
from vladva.app.session import Session
from vladva.app.sources import Source
from vladva.errors import LibraryError
from vladva.indexes.events import Indexed, Notice, Progress, Skipped, Watching
from vladva.indexes.library import Active, Library
from vladva.indexes.switch import begin
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import introduce


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
