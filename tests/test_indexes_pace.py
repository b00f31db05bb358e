"""What a run says of its own speed: how often, how true, and how soon."""

import pytest

from vladva.indexes import pace as pace_module
from vladva.indexes.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(pace_module.time, "monotonic", lambda: now[0])
    return now


def test_rate_and_eta_follow_what_was_done_lately(clock: list[float]) -> None:
    pace = Pace(1000)
    assert (pace.report().rate, pace.report().eta_s) == (0.0, None)
    assert not pace.due()
    for _ in range(60):
        clock[0] += 1.0
        pace.done += 10
        assert pace.due()
        report = pace.report()
    assert (report.done, report.total) == (600, 1000)
    assert report.rate == pytest.approx(10)
    assert report.eta_s == pytest.approx(40)
    for _ in range(12):
        clock[0] += 1.0
        pace.done += 2
        report = pace.report()
    assert report.rate == pytest.approx(2, abs=0.5)


def test_there_are_at_most_five_reports_a_second(clock: list[float]) -> None:
    pace, said = Pace(10), 0
    for _ in range(1000):
        clock[0] += 0.001
        said += pace.due()
    assert said <= 5


def simulated(clock: list[float], seconds: list[float], start: float) -> list[tuple[float, float]]:
    """(share of the time gone, error of the ETA as a share of the whole time) at each report.

    `seconds`: what each photo takes; they become known by the commit, 2 s or 64 of them.
    """
    pace, total = Pace(len(seconds)), start + sum(seconds)
    begun, found, waiting, waited = clock[0], [], 0, 0.0
    for number, took in enumerate([start, *seconds]):
        clock[0] += took
        waiting, waited = waiting + bool(number), waited + took
        if waiting == 64 or (waiting and waited >= 2):
            pace.done, waiting, waited = pace.done + waiting, 0, 0.0
        gone = clock[0] - begun
        if pace.due() and (eta := pace.report().eta_s) is not None:
            found.append((gone / total, abs(eta - (total - gone)) / total))
    return found


# a slow start, then photos of mixed sizes: alternating, in runs, or big ones first
MIXED = {
    "alternating": [0.05, 0.4] * 800,
    "in runs": ([0.05] * 100 + [0.3] * 50) * 12,
    "big first": [0.3] * 600 + [0.1] * 1800,
    "long": [0.02, 0.05, 0.03] * 20_000,
}


@pytest.mark.parametrize("seconds", MIXED.values(), ids=MIXED)
def test_the_eta_converges_after_a_slow_start_and_over_mixed_sizes(
    clock: list[float], seconds: list[float]
) -> None:
    found = simulated(clock, seconds, start=20.0)
    tenths = [
        max(error for gone, error in found if tenth <= 10 * gone < tenth + 1)
        for tenth in range(1, 10)
    ]
    assert max(tenths[5:]) <= max(0.05, max(tenths[:4]) / 2)  # it shrinks,
    assert max(tenths[6:]) <= 0.1
    assert tenths[-1] <= 0.04  # and is small in the end


def test_the_eta_is_right_from_the_first_seconds_however_slow_the_start(
    clock: list[float],
) -> None:
    found = simulated(clock, [0.1] * 3000, start=60.0)
    assert all(error <= 0.03 for gone, error in found if gone > 0.25)
    assert min(gone for gone, _ in found) < 0.2


def test_a_pause_counts_neither_as_work_nor_as_sloth(clock: list[float]) -> None:
    pace = Pace(1000)
    for _ in range(30):
        clock[0] += 1.0
        pace.done += 10
        pace.report()
    clock[0] += 3600
    pace.paused(3600)
    report = pace.report()
    assert report.rate == pytest.approx(10)
    assert report.eta_s == pytest.approx(70)


def test_a_run_of_days_remembers_a_bounded_number_of_marks(clock: list[float]) -> None:
    pace = Pace(10**7)
    for _ in range(20_000):
        clock[0] += 0.2
        pace.done += 1
        report = pace.report()
    assert len(pace._marks) <= pace_module._MARKS
    assert report.rate == pytest.approx(5, rel=0.05)
