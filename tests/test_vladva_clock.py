"""A clock tells where the time of a run went, each stage beside the time that it could have had."""

import threading
import time

import pytest

from vladva.clock import Clock


def test_a_stage_counts_what_its_body_takes_even_when_that_fails() -> None:
    def broken() -> None:
        time.sleep(0.02)
        raise ValueError("broken")

    clock = Clock()
    with pytest.raises(ValueError, match="broken"), clock.stage("read"):
        broken()
    assert clock.seconds["read"] >= 0.02


def test_times_of_many_threads_add_up() -> None:
    clock = Clock()

    def spend() -> None:
        for _ in range(1000):
            clock.add({"encode": 0.5})

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.seconds["encode"] == 2000


def test_a_share_is_of_the_time_that_those_had_who_did_it() -> None:
    clock = Clock()
    clock.abreast = {"decode": 4}
    clock.add({"decode": 20.0, "wait": 1.0, "encode": 6.0, "write": 2.0})
    told = clock.report(10.0)
    assert told["seconds"] == 10
    assert told["stages"]["decode"] == {"seconds": 20, "share": 0.5}
    assert told["stages"]["encode"] == {"seconds": 6, "share": 0.6}
    assert told["stages"]["write"]["share"] == 0.2
    assert told["stages"]["else"] == {"seconds": 3, "share": 0.3}  # 10 - 1 - 6: others write


def test_the_parts_of_an_encoder_share_what_they_took_together() -> None:
    clock = Clock()
    clock.add({"encode": 5.0, "vision": 1.0, "language": 3.0})
    told = clock.report(10.0)
    assert told["encoder"] == {
        "vision": {"seconds": 1, "share": 0.25},
        "language": {"seconds": 3, "share": 0.75},
    }
    assert "vision" not in told["stages"]


def test_what_never_happened_is_not_told_and_no_time_at_all_is_no_error() -> None:
    assert Clock().report(0.0) == {
        "seconds": 0,
        "stages": {"else": {"seconds": 0, "share": 0}},
        "encoder": {},
    }
