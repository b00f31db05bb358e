"""Paused, or a share of the time: what a run is told, and what it does."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fakes import FakeEncoder, write_photo
from watching import Run

from vladva.errors import ConfigError
from vladva.indexes import throttle as throttle_module
from vladva.indexes.events import Event, Indexed, Progress, Summary
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.throttle import LONGEST_REST_S, Throttle
from vladva.protocols import Prepared, Vectors


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(throttle_module.time, "monotonic", lambda: now[0])
    return now


def photos(folder: Path, count: int) -> Path:
    for number in range(count):
        write_photo(folder / f"{number}.jpg", number)
    return folder


@pytest.mark.parametrize("share", [0, -1, 1.5, float("nan")])
def test_a_share_is_above_nothing_and_at_most_everything(share: float) -> None:
    with pytest.raises(ConfigError, match="of the time"):
        Throttle(share)
    throttle = Throttle(0.5)
    with pytest.raises(ConfigError):
        throttle.share = share
    assert throttle.share == 0.5


def test_work_earns_the_rest_that_the_share_demands(clock: list[float]) -> None:
    throttle = Throttle(0.25)
    assert not throttle.resting
    throttle.worked(2.0)
    clock[0] += 5.9
    assert throttle.resting
    clock[0] += 0.2
    assert not throttle.resting


def test_who_may_work_all_the_time_never_rests(clock: list[float]) -> None:
    throttle = Throttle()
    throttle.worked(100.0)
    assert not throttle.resting


def test_no_rest_is_longer_than_it_is_to_be(clock: list[float]) -> None:
    throttle = Throttle(0.01)
    throttle.worked(60.0)
    clock[0] += LONGEST_REST_S + 0.1
    assert not throttle.resting


def test_another_share_counts_for_the_rest_that_goes_on(clock: list[float]) -> None:
    throttle = Throttle(0.1)
    throttle.worked(1.0)
    clock[0] += 2
    assert throttle.resting
    throttle.share = 1.0
    assert not throttle.resting


def test_a_pause_lasts_until_it_is_resumed_or_the_run_stopped() -> None:
    throttle, stop = Throttle(), threading.Event()
    throttle.wait(stop)  # returns at once
    throttle.pause()
    assert (throttle.paused, throttle.resting) == (True, True)
    for end in (throttle.resume, stop.set):
        throttle.pause()
        waiter = threading.Thread(target=throttle.wait, args=(stop,))
        waiter.start()
        waiter.join(0.2)
        assert waiter.is_alive()
        end()
        waiter.join(10)
        assert not waiter.is_alive()


class Hooked(FakeEncoder):
    """Calls back after a number of pictures."""

    def when(self, pictures: int, call: Callable[[], object]) -> "Hooked":
        self._at, self._call = pictures, call
        return self

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        made = super().encode(pictures)
        if self.pictures >= self._at:
            self._at = 10**9
            self._call()
        return made


class Timed(FakeEncoder):
    """Knows when it was called."""

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        self.begun = [*getattr(self, "begun", ()), time.monotonic()]
        return super().encode(pictures)


def test_a_paused_run_commits_what_it_has_and_goes_on_where_it_was(
    library: Library, tmp_path: Path
) -> None:
    throttle = Throttle()
    encoder = Hooked().when(4, throttle.pause)
    folder = photos(tmp_path / "photos", 20)
    events = index_folders(library, encoder, [folder], batch_size=2, workers=1, throttle=throttle)
    told: list[Event] = []
    while not throttle.paused:
        told.append(next(events))
    while sum(isinstance(event, Indexed) for event in told) < 4:
        told.append(next(events))
    reports = [next(events) for _ in range(5)]  # alive, and nothing is done
    assert {type(event) for event in reports} == {Progress}
    assert encoder.pictures == 4
    throttle.resume()
    rest = list(events)
    assert sum(isinstance(event, Indexed) for event in (*told, *rest)) == 20
    assert isinstance(rest[-1], Summary)


def test_a_pause_and_its_end_take_effect_within_a_second(library: Library, tmp_path: Path) -> None:
    """Between two batches, that is: those that are not set by hand take about a second."""
    throttle, encoder = Throttle(), Timed(delay_s=0.02)
    with Run(
        library,
        encoder,
        photos(tmp_path / "photos", 120),
        throttle=throttle,
        watch=False,
        batch_size=4,
    ) as run:
        run.until(lambda: encoder.pictures >= 8)
        throttle.pause()
        paused = time.monotonic()
        time.sleep(2.5)
        throttle.resume()
        resumed = time.monotonic()
        run.until(lambda: encoder.pictures >= 120)
    assert not [call for call in encoder.begun if paused + 1 < call < resumed]
    assert min(call for call in encoder.begun if call > paused + 1) < resumed + 1
    assert run.summary.indexed == 120


def test_a_paused_run_can_be_stopped(library: Library, tmp_path: Path) -> None:
    throttle, stop = Throttle(), threading.Event()
    throttle.pause()
    folder = photos(tmp_path / "photos", 3)
    events = index_folders(library, FakeEncoder(), [folder], throttle=throttle, stop=stop)
    threading.Timer(0.3, stop.set).start()
    summary = list(events)[-1]
    assert isinstance(summary, Summary)
    assert (summary.indexed, library.locked()) == (0, False)


def test_a_run_works_the_share_of_the_time_that_it_may(library: Library, tmp_path: Path) -> None:
    class Watched(Throttle):
        """Knows for how long it was worked, and for how long the worker was to rest."""

        seconds = 0.0

        def worked(self, seconds: float) -> None:
            self.seconds += seconds
            super().worked(seconds)

    throttle = Watched(0.5)
    encoder = FakeEncoder(delay_s=0.05)
    folder = photos(tmp_path / "photos", 24)
    list(index_folders(library, encoder, [folder], batch_size=4, workers=1, throttle=Throttle()))
    start = time.monotonic()
    other = FakeEncoder("other", delay_s=0.05)
    list(index_folders(library, other, [folder], batch_size=4, workers=1, throttle=throttle))
    assert throttle.seconds >= 24 * 0.05 * 0.9
    assert time.monotonic() - start >= 1.8 * throttle.seconds - 0.3  # the last rest is not taken


@pytest.mark.skipif(not hasattr(os, "nice"), reason="this system has no niceness")
def test_a_polite_process_stands_behind_all_others() -> None:
    code = (
        "import os; from vladva.indexes.throttle import step_back; "
        "old = os.nice(0); step_back(); print(os.nice(0) - old)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(done.stdout) == 10 or os.nice(0) > 9
