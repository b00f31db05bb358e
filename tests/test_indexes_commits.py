"""Writes behind the run, and how fast it says that it goes."""

import threading
import time

import pytest

from vladva.indexes import pace as pace_module
from vladva.indexes.commits import Commits
from vladva.indexes.events import Removed
from vladva.indexes.pace import Pace


def test_events_are_told_after_their_write_and_in_order() -> None:
    written: list[int] = []
    go = threading.Event()

    def write(number: int) -> None:
        go.wait(10)
        written.append(number)

    with Commits() as commits:
        commits.add(lambda: write(1), [Removed("a"), Removed("b")])
        commits.add(lambda: write(2), [Removed("c")])
        assert list(commits.told()) == []
        go.set()
        assert [event.path for event in commits.told(wait=True)] == ["a", "b", "c"]  # type: ignore[attr-defined]
        assert written == [1, 2]


def test_a_run_waits_for_the_disk_when_too_much_is_unwritten() -> None:
    with Commits() as commits:
        for _ in range(4):
            commits.add(lambda: time.sleep(0.05), [Removed("a")])
        assert len(list(commits.told())) >= 2


def test_leaving_early_still_writes_everything() -> None:
    written: list[int] = []

    def broken_off() -> None:
        with Commits() as commits:
            for number in range(5):
                commits.add(lambda number=number: (time.sleep(0.02), written.append(number)))  # type: ignore[misc]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert written == [0, 1, 2, 3, 4]


def test_a_write_that_fails_is_not_silent() -> None:
    def full() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), Commits() as commits:
        commits.add(full, [Removed("a")])


def test_rate_and_eta_follow_what_was_done_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(pace_module.time, "monotonic", lambda: now[0])
    pace = Pace(1000)
    assert (pace.report().rate, pace.report().eta_s) == (0.0, None)
    assert not pace.due()
    for _ in range(60):
        now[0] += 1.0
        pace.done += 10
        assert pace.due()
        report = pace.report()
    assert (report.done, report.total) == (600, 1000)
    assert report.rate == pytest.approx(10)
    assert report.eta_s == pytest.approx(40)
    for _ in range(12):
        now[0] += 1.0
        pace.done += 2
        report = pace.report()
    assert report.rate == pytest.approx(2, abs=0.5)


def test_there_are_at_most_five_reports_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(pace_module.time, "monotonic", lambda: now[0])
    pace, said = Pace(10), 0
    for _ in range(1000):
        now[0] += 0.001
        said += pace.due()
    assert said <= 5
