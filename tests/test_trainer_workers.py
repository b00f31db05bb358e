"""Children that read ahead: order, crashes, and their end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from numbers_ahead import Bug, Slow, Square

from vladva.errors import DataError
from vladva.trainer.workers import in_order

BATCHES = [list(range(40)), [], list(range(40, 45))]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_results_come_in_order_batch_by_batch(workers: int) -> None:
    found = list(in_order(Square(), iter(BATCHES), workers))
    assert found == [[item * item for item in batch] for batch in BATCHES]


def test_an_item_that_kills_its_child_costs_itself_alone() -> None:
    found = list(in_order(Square(frozenset({3, 4, 44})), iter(BATCHES), 2))
    assert found == [[-i if i in (3, 4, 44) else i * i for i in batch] for batch in BATCHES]


def test_children_that_cannot_live_are_an_error_and_not_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vladva.trainer.workers._begin", os._exit)
    with pytest.raises(DataError, match="no process") as caught:
        next(in_order(Square(), iter(BATCHES), 1))
    assert "data.workers=0" in caught.value.hint


def test_a_bug_in_the_reading_is_not_hidden() -> None:
    with pytest.raises(KeyError):
        next(in_order(Bug(), iter(BATCHES), 1))


def asked_for(size: int) -> int:
    """Batches of that size that are asked for while the first is worked on."""
    asked: list[int] = []

    def endless() -> Iterator[list[int]]:
        for number in range(10**9):
            asked.append(number)
            yield [number] * size

    stream = in_order(Square(), endless(), 1)
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    return len(asked)


def test_children_read_one_batch_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for(160) == 4  # the two that were taken, the next, the first item after it
    monkeypatch.setattr("vladva.trainer.workers.AHEAD_BYTES", 64 << 20)  # 4 pieces' weight
    assert asked_for(160) == 3


def test_children_are_gone_when_the_stream_is_closed() -> None:
    stream = in_order(Slow(), iter([[1], [2], [3]] * 50), 1)
    (pid,) = next(stream)
    stream.close()
    assert not alive(pid)


def test_children_leave_an_interrupt_to_the_parent() -> None:
    stream = in_order(Slow(), iter([[1], [2], [3]] * 50), 1)
    (pid,) = next(stream)
    os.kill(pid, signal.SIGINT)
    assert list(stream) == [[pid]] * 149


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]


PARENT = """
import sys
sys.path.insert(0, {tests!r})
from numbers_ahead import Slow
from vladva.trainer.workers import in_order
if __name__ == "__main__":
    for (pid,) in in_order(Slow(), iter([[i] for i in range(10**6)]), 1):
        print(pid, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_children_end_with_a_parent_that_is_killed_or_interrupted(
    tmp_path: Path, how: signal.Signals
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(tests=str(Path(__file__).parent)))
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        pid = int(parent.stdout.readline())
        if how == signal.SIGINT:
            os.killpg(parent.pid, how)  # as Ctrl-C in a terminal does
            told = parent.stderr.read()
            assert told.count("Traceback") == told.count("KeyboardInterrupt") == 1
        else:
            parent.kill()
        parent.wait(10)
        ended = time.monotonic() + 10
        while alive(pid) and time.monotonic() < ended:
            time.sleep(0.05)
        assert not alive(pid)
