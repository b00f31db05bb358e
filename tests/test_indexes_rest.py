"""What is at rest, with a clock that is ours."""

from vladva.indexes.catalog import FileStamp
from vladva.indexes.events import Indexed, Skipped
from vladva.indexes.watching.rest import FilesAtRest, LossesAtRest
from vladva.indexes.watching.rounds import POLL_S, Quiet, Schedule


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def stamp(path: str, size: int = 1, mtime_ns: int = 1) -> FileStamp:
    return FileStamp(path, size, mtime_ns, 1, 1)


def test_a_file_rests_when_two_looks_far_enough_apart_agree() -> None:
    clock = Clock()
    files = FilesAtRest(1.0, clock)
    assert files.sort([stamp("a")]) == ([], [stamp("a")])
    clock.now = 0.9
    assert files.sort([stamp("a")]) == ([], [stamp("a")])
    clock.now = 1.0
    assert files.sort([stamp("a", size=2)]) == ([], [stamp("a", size=2)])
    clock.now = 1.5
    assert files.sort([stamp("a", size=2), stamp("b")])[0] == []
    clock.now = 2.0
    assert files.sort([stamp("a", size=2), stamp("b")]) == ([stamp("a", size=2)], [stamp("b")])
    assert files.sort([stamp("a", size=2)]) == ([], [stamp("a", size=2)])


def test_a_file_that_was_not_met_for_long_is_forgotten() -> None:
    clock = Clock()
    files = FilesAtRest(1.0, clock)
    files.sort([stamp("a")])
    clock.now = 1_000_000
    assert files.sort([stamp("a")]) == ([], [stamp("a")])


def test_a_file_rests_however_far_apart_the_looks_are() -> None:
    clock = Clock()
    files = FilesAtRest(1.0, clock)
    files.sort([stamp("a")])
    clock.now = 200
    assert files.sort([stamp("a")]) == ([stamp("a")], [])


def test_a_file_rests_no_sooner_than_what_lies_beside_it() -> None:
    clock = Clock()
    files = FilesAtRest(1.0, clock)
    one, other = (stamp("a")._replace(beside=f"a.xmp\t{size}\t1") for size in (1, 2))
    files.sort([one])
    clock.now = 1.0
    assert files.sort([other]) == ([], [other])
    clock.now = 2.0
    assert files.sort([other]) == ([other], [])


def test_losses_are_final_once_nothing_more_goes_missing() -> None:
    clock = Clock()
    losses = LossesAtRest(1.0, clock)
    assert losses.rests("/r", frozenset())
    assert not losses.rests("/r", frozenset("a"))
    clock.now = 0.9
    assert not losses.rests("/r", frozenset("ab"))
    assert not losses.rests("/other", frozenset("a"))
    clock.now = 1.8
    assert not losses.rests("/r", frozenset("ab"))
    clock.now = 2.0
    assert losses.rests("/r", frozenset("ab"))
    assert not losses.rests("/r", frozenset("ab"))  # from the start again


def test_losses_that_never_end_are_judged_after_a_while() -> None:
    clock = Clock()
    losses = LossesAtRest(1.0, clock)
    answers = []
    for number in range(700):
        clock.now = float(number) * 0.99
        answers.append(losses.rests("/r", frozenset(str(n) for n in range(number + 1))))
    assert sum(answers) == 1


def test_a_root_is_due_by_its_kind() -> None:
    clock = Clock()
    schedule = Schedule(3600, clock)
    schedule.done("/watched", 1.0, polled=False)
    schedule.done("/polled", 1.0, polled=True)
    schedule.done("/slow", 60.0, polled=True)
    clock.now = POLL_S
    assert schedule.due() == {"/polled"}
    clock.now = 1200
    assert schedule.due() == {"/polled", "/slow"}
    clock.now = 3600
    assert schedule.due() == {"/polled", "/slow", "/watched"}
    schedule.drop("/slow")
    schedule.done("/watched", 1.0, polled=False)
    schedule.soon("/watched")
    assert schedule.due() == {"/polled"}
    clock.now += 20
    assert schedule.due() == {"/polled", "/watched"}


def test_the_same_is_said_once() -> None:
    quiet = Quiet()
    skip = Skipped("/a", "broken", "")
    assert [quiet.news(skip), quiet.news(skip)] == [True, False]
    assert quiet.news(Skipped("/a", "empty", ""))
    assert quiet.news(Indexed("/a"))
    assert quiet.news(Skipped("/a", "empty", ""))
