"""`vladva train` as a child process in which only the training itself is played.

`python app_played.py ENDING FOLDER …`: the words of a command follow. ENDING is a verdict, or how
else the run ends; the play waits for the file FOLDER/go before it ends, so that a test sees it run.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file

from vladva.errors import TrainingError
from vladva.trainer.events import (
    Evaluated,
    Event,
    Preparing,
    Saved,
    Skipped,
    Started,
    Step,
    Summary,
)
from vladva.trainer.settings import Settings

if TYPE_CHECKING:
    from vladva.app.runs import Runs

LONG = 90.0
"""Seconds that a machine may take to import what a child needs."""
STEPS = 60
BEFORE = {
    "image_R@1": 12.5, "image_R@10": 51.3, "text_R@1": 11.0, "text_R@10": 48.8,
    "image_chance_R@10": 25.0, "log_loss": 3.12,
}  # fmt: skip
AFTER = {
    "image_R@1": 22.5, "image_R@10": 68.8, "text_R@1": 20.0, "text_R@10": 65.0,
    "image_chance_R@10": 25.0, "log_loss": 2.71,
}  # fmt: skip
WORSE = {name: 2 * BEFORE[name] - AFTER[name] for name in BEFORE}
REASONS = {
    "accepted": "better on 40 held-out pictures: the log-loss of a query falls by 0.412 "
    "(95 % interval 0.287 to 0.530)",
    "refused": "worse on 40 held-out pictures: the log-loss of a query rises by 0.198 "
    "(95 % interval 0.101 to 0.301)",
}

TRAINED = {
    "event": "summary", "steps": 9, "seconds": 1.0, "metrics": {}, "verdict": "accepted",
    "reason": "better", "stopped": None, "accepted": True,
}  # fmt: skip
"""The last line of a run that went well."""


def program(ending: str, folder: Path) -> tuple[str, ...]:
    """What `Runs.program` is set to."""
    return (sys.executable, __file__, ending, str(folder))


def telling(*lines: str, code: int = 0) -> tuple[str, ...]:
    """A program that says these lines and ends with this code."""
    return (sys.executable, "-c", f"for line in {lines!r}: print(line)\nraise SystemExit({code})")


def until(runs: "Runs", is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < end, runs.as_json()
        time.sleep(0.05)


def halfway(runs: "Runs") -> bool:
    return runs.state.step == STEPS // 2 - 1


def play(settings: Settings, ending: str, folder: Path) -> Iterator[Event]:
    """A run that learns as fast as it is read."""
    if ending == "crashed":
        raise TrainingError("The loss is no longer finite.", "Lower optim.lr.")
    yield Started("mini", 160, 40, 1, STEPS, 0, 620_000, 5_200_000)
    yield Preparing("features", 160, 160)
    yield Skipped("rows.jsonl:7", "no such file")
    after = AFTER if ending == "accepted" else WORSE
    yield Evaluated(0, BEFORE)
    for step in range(1, STEPS + 1):
        if step == STEPS // 2:
            while not (folder / "go").exists() and not settings.stop.is_set():
                time.sleep(0.02)
            if settings.stop.is_set():
                (settings.out / "checkpoints" / str(step)).mkdir(parents=True, exist_ok=True)
                yield Saved(step, "x")
                said = f"stopped after step {step} of {STEPS}"
                yield Summary(str(settings.out), step, 9.0, {}, None, "", said)
                return
        low = 3.0 / (1 + step / 30)
        yield Step(step, STEPS, low + 1.4, low, 1.4 - step / 150, 1e-4, 12.5, 1 << 30, 30.0)
        if step % 20 == 0:
            share = step / STEPS
            yield Evaluated(step, {k: BEFORE[k] + share * (after[k] - BEFORE[k]) for k in BEFORE})
    _leave(settings.out, ending)
    verdict = "accepted" if ending == "accepted" else "refused"
    yield Summary(str(settings.out), STEPS, 61.0, after, verdict, REASONS[verdict])


def _leave(out: Path, ending: str) -> None:
    """What a run leaves: an adapter, and the ranks that the gate saw."""
    from app_adapters import write_adapter

    write_adapter(out, ending.encode())
    before = np.array([1, 3, 3, 9])
    after = np.array([1, 1, 2, 10])
    save_file(
        {"before/image_ranks": before, "after/image_ranks": after}, out / "held_out.safetensors"
    )


if __name__ == "__main__":
    from vladva.app.__main__ import run
    from vladva.trainer import run as trainer

    ENDING, FOLDER, *words = sys.argv[1:]
    trainer.start = lambda settings: play(settings, ENDING, Path(FOLDER))  # type: ignore[assignment]
    sys.exit(run(words))
