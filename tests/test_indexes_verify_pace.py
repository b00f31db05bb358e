"""Stage two, and time: stops are heard, batches fit the model, few pictures wait in memory."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import verify_eyes
from fakes import ColourPrepare
from verify_eyes import RED, Eyes, constraint, run

from vladva.indexes.ranking import originals as reading
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.indexes.ranking.verify import Candidate
from vladva.protocols import Prepare, Prepared

verdicts, photos = verify_eyes.verdicts, verify_eyes.photos


def test_a_stop_is_heard_between_batches_and_what_was_answered_is_kept(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    stop, eyes = threading.Event(), Eyes(seconds=0.3)
    found = run(photos, [RED], eyes, verdicts, stop=stop)
    assert next(found)[0] == "red"
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    rest = [name for name, _ in found]
    assert time.monotonic() - began < 0.6
    assert len(rest) <= 1
    again = Eyes()
    assert next(run(photos, [RED], again, verdicts))[0] == "red"
    assert again.batches == []


def test_a_stop_is_heard_while_a_file_is_being_read(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    slow, stop, eyes = threading.Event(), threading.Event(), Eyes()

    class Slow(ColourPrepare):
        __call__: Callable[..., Prepared] = lambda _self, _image: {"x": np.zeros(slow.wait(9))}

    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert list(run(photos, [RED], eyes, verdicts, stop=stop, prepare=Slow())) == []
    assert time.monotonic() - began < 0.5
    slow.set()


def test_a_quick_model_sees_several_pictures_at_a_time_and_a_slow_one_does_not(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    quick, slow = Eyes(seconds=0.001), Eyes(seconds=0.15)
    list(run(photos, [RED], quick, verdicts))
    list(run(photos[:4], [constraint("blue")], slow, verdicts))
    assert [len(batch) for batch in quick.batches] == [1, 4, 1]
    assert [len(batch) for batch in slow.batches] == [1, 1, 1, 1]


def test_only_a_few_pictures_wait_in_memory(
    photos: list[Candidate], verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    honest = reading.read

    def counted(path: str, content: str, prepare: Prepare) -> Prepared | None:
        begun.append(path)
        return honest(path, content, prepare)

    monkeypatch.setattr(reading, "read", counted)
    monkeypatch.setattr(reading, "_AHEAD", 2)
    found = run(photos, [RED], Eyes(seconds=0.15), verdicts)
    next(found)
    assert len(begun) <= 3
    assert len(list(found)) == len(begun) - 1 == 5
