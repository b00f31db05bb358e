"""The two figures of the joint step, measured on the spot."""

import json

import pytest

from vladva.trainer import measure_step


def test_what_is_timed_does_the_same_work_once_and_twice() -> None:
    found = measure_step.passes(size=2, rounds=1)
    assert found["losses_differ_by"] <= 1e-5
    assert found["ratio"] > 0
    batch = measure_step.rows(2)
    model = measure_step.tiny()
    counts = model.look(batch.pictures).counts  # type: ignore[arg-type]
    assert counts == (measure_step.IMAGE_TOKENS,) * 2
    assert [len(ids) for ids in batch.long] == [measure_step.CAPTION_TOKENS] * 2


def test_figures_are_written_as_lines_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure_step, "passes", lambda: {"ratio": 1.5})
    monkeypatch.setattr(measure_step, "memory", lambda: {"ratio": 1.25})
    measure_step.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"ratio": 1.5}, {"ratio": 1.25}]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_one_image_pass_is_at_least_1_4_times_as_fast_as_two() -> None:
    assert measure_step.passes()["ratio"] >= 1.4


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_contrastive_batch_of_1024_needs_at_most_1_3_times_the_memory_of_32() -> None:
    assert measure_step.memory()["ratio"] <= 1.3
