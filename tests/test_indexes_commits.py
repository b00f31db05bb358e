"""Writes behind the run: in order, awaited, never silent."""

import threading
import time

import pytest

from vladva.indexes.commits import Commits
from vladva.indexes.events import Removed


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
