"""When a decode child is given up: by what it did, not by how busy the machine was."""

import os
import sys
import time

import pytest

from vladva.indexes.child import hangs, processor_seconds


def test_a_file_that_takes_its_time_on_a_busy_machine_is_waited_for() -> None:
    assert not hangs(passed=19, worked=19, timeout=20)
    assert not hangs(passed=60, worked=2, timeout=20)  # others had the processor


def test_a_decoder_that_works_without_end_or_waits_without_end_is_given_up() -> None:
    assert hangs(passed=21, worked=20.5, timeout=20)
    assert hangs(passed=21, worked=0, timeout=20)
    assert hangs(passed=201, worked=5, timeout=20)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_processors_time_of_a_process_grows_with_its_work() -> None:
    before = processor_seconds(os.getpid())
    assert before is not None
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    after = processor_seconds(os.getpid())
    assert after is not None
    assert after >= before + 0.05
    assert processor_seconds(None) is None
