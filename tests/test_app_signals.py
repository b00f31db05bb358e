"""Signals as wishes: done beside the main thread, and only while someone listens."""

import os
import signal
import threading

import pytest

from vladva.app.signals import hearing
from vladva.app.stopping import pausing, stopping
from vladva.indexes.throttle import Throttle

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGUSR1"), reason="this system has no such signals"
)
WAIT_S = 20


def test_a_wish_may_need_the_very_lock_that_the_main_thread_holds() -> None:
    lock, done = threading.Lock(), threading.Event()

    def act() -> None:
        with lock:
            done.set()

    with hearing({signal.SIGUSR1: act}):
        with lock:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert not done.is_set()
        assert done.wait(WAIT_S)


def test_afterwards_every_signal_means_what_it_meant_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGUSR1)]
    with stopping() as stop, pausing(Throttle()):
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(WAIT_S)
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGUSR1)]


def test_two_signals_pause_and_resume_and_say_how(capsys: pytest.CaptureFixture[str]) -> None:
    throttle = Throttle()
    with pausing(throttle):
        for number, paused in ((signal.SIGUSR1, True), (signal.SIGUSR2, False)):
            os.kill(os.getpid(), number)
            turned = threading.Event()
            for _ in range(WAIT_S * 100):
                if throttle.paused is paused:
                    break
                turned.wait(0.01)
            assert throttle.paused is paused
    assert f"kill -USR2 {os.getpid()}" in capsys.readouterr().err


def test_what_was_asked_for_last_is_still_done_when_the_context_ends() -> None:
    done: list[int] = []
    with hearing({signal.SIGUSR1: lambda: done.append(1)}):
        os.kill(os.getpid(), signal.SIGUSR1)
    assert done == [1]


def test_outside_of_the_main_thread_nothing_is_heard_and_nothing_breaks() -> None:
    seen: list[bool] = []

    def elsewhere() -> None:
        with stopping() as stop, pausing(Throttle()):
            seen.append(stop.is_set())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [False]
