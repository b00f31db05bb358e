"""Folders that a page is asked for while it is at work, at its end, or before it has begun."""

import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from app_runs import WAIT_S, Runs, end, indexing, known, until, watches

from vladva.indexes.events import Event
from vladva.indexes.library import Library
from vladva.indexes.post import Post
from vladva.protocols import Encoder


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

    page = indexing(library, lingering)
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

    page = indexing(library, late)
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
