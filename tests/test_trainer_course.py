"""Epochs, steps and minutes become one number of steps."""

from vladva.trainer.config import OptimConfig
from vladva.trainer.course import PROBE_STEPS, Course, plan


def optim(**values: object) -> OptimConfig:
    ends = {"epochs": None, "steps": None, "minutes": None, **values}
    return OptimConfig(**ends)  # type: ignore[arg-type]


def test_the_length_that_is_reached_first_ends_the_run() -> None:
    assert plan(optim(epochs=3, steps=50), 100, 10).steps == 30
    assert plan(optim(epochs=3, steps=20), 100, 10).steps == 20
    assert plan(optim(epochs=0.001), 100, 10).steps == 1


def test_minutes_become_steps_once_the_rate_is_known() -> None:
    course = plan(optim(minutes=10), 100, 10)
    course.done = PROBE_STEPS
    course.clock(PROBE_STEPS - 1, 5.0)
    assert course.minutes == 10
    course.spent = 60.0
    course.clock(PROBE_STEPS, 60.0)
    assert course.minutes is None
    assert course.steps == PROBE_STEPS + 9 * PROBE_STEPS
    course.clock(2 * PROBE_STEPS, 10_000.0)
    assert course.steps == 10 * PROBE_STEPS


def test_minutes_end_no_later_than_steps_that_were_asked_for() -> None:
    course = plan(optim(minutes=10, steps=50), 100, 10)
    course.done = PROBE_STEPS
    course.spent = 60.0
    course.clock(PROBE_STEPS, 60.0)
    assert course.steps == 50


def test_a_slow_machine_is_measured_by_time_and_still_takes_a_step() -> None:
    course = Course(done=1, steps=1000, minutes=1, spent=90.0)
    course.clock(1, 90.0)
    assert course.steps == 2


def test_what_was_spent_before_an_interruption_counts() -> None:
    course = Course(done=2 * PROBE_STEPS, steps=1000, minutes=2, spent=90.0)
    course.clock(PROBE_STEPS, 30.0)
    assert course.steps == 3 * PROBE_STEPS
