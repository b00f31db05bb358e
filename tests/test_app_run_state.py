"""What event lines of a run add up to, and what is said of its end."""

from itertools import pairwise
from typing import Any

import pytest

from vladva.app.run_state import KEPT_POINTS, RunState

STARTED = {
    "event": "start", "model": "mini", "rows": 9, "held_out": 3, "bad_rows": 0, "steps": 2000,
    "first_step": 0, "trainable": 1, "total": 2,
}  # fmt: skip
SUMMARY = {
    "event": "summary", "adapter": "/a", "steps": 2000, "seconds": 1.0, "metrics": {},
    "verdict": "undecided", "reason": "too close", "stopped": None, "accepted": False,
}  # fmt: skip


def step(number: int, steps: int = 2000) -> dict[str, Any]:
    return {
        "event": "step", "step": number, "steps": steps, "loss": 3.0, "contrastive": 2.0,
        "autoregressive": 1.0, "lr": 1e-4, "samples_per_second": 8.0, "peak_memory_bytes": 7,
        "eta_s": 4.0, "text_text": 0.5,
    }  # fmt: skip


def of(*lines: dict[str, Any]) -> RunState:
    state = RunState("starting", "mine")
    for line in lines:
        state.take(line)
    return state


def test_a_long_curve_is_thinned_evenly_and_ends_with_the_newest_step() -> None:
    state = of(STARTED, *(step(number) for number in range(1, 1400)))
    steps = [point[0] for point in state.as_json()["curve"]]
    assert len(steps) <= KEPT_POINTS + 1
    assert (steps[0], steps[-1]) == (1, 1399)
    assert len({after - before for before, after in pairwise(steps[:-1])}) == 1


def test_the_stage_follows_the_events() -> None:
    state = of()
    assert state.stage == "starting"
    state.take({"event": "preparing", "what": "features", "done": 1, "total": 9})
    assert (state.stage, state.preparing) == (
        "preparing", {"what": "features", "done": 1, "total": 9},
    )  # fmt: skip
    state.take(STARTED)
    assert (state.stage, state.preparing) == ("training", None)
    state.take(step(3))
    assert (state.stage, state.eta_s) == ("training", 4.0)
    state.take(step(2000))
    assert state.stage == "judging"
    state.take({"event": "something new"})
    state.take(SUMMARY)
    assert state.running
    state.end(0)
    assert (state.stage, state.running) == ("done", False)


def test_a_look_at_a_step_done_again_replaces_the_first() -> None:
    looks = [(0, 1.0), (20, 2.0), (20, 3.0)]
    state = of(*({"event": "eval", "step": at, "metrics": {"x": value}} for at, value in looks))
    assert [(one["step"], one["metrics"]["x"]) for one in state.evals] == [(0, 1.0), (20, 3.0)]


@pytest.mark.parametrize(
    ("said", "code", "message", "hint"),
    [
        (["x", "Error: No.", "  Do this.", "  Or that."], 1, "No.", "Do this.\nOr that."),
        (["Error: old", "Error: new"], 1, "new", ""),
        ([], -9, "The system ended the run, most likely because memory ran out.", "data.chunk"),
        (["Segmentation fault", ""], -11, "The run ended with code -11.", "Segmentation fault"),
    ],
)
def test_an_end_without_a_summary_is_a_failure_with_its_reason(
    said: list[str], code: int, message: str, hint: str
) -> None:
    state = of(STARTED)
    for line in said:
        state.hear(line)
    state.end(code)
    assert (state.stage, state.message) == ("failed", message)
    assert hint in state.hint


def test_a_summary_does_not_hide_that_the_adapter_could_not_be_kept() -> None:
    state = of(STARTED, SUMMARY)
    state.hear("Error: /a cannot be copied into the library: no room")
    state.end(1)
    assert (state.stage, state.message) == (
        "failed", "/a cannot be copied into the library: no room",
    )  # fmt: skip


def test_a_run_that_was_ended_at_once_is_stopped_not_failed() -> None:
    state = of(STARTED)
    state.stopping = True
    state.end(-9)
    assert (state.stage, state.message) == ("stopped", "Ended at once.")
