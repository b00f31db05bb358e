"""A played run of training, and the command line that is told it: for tests of `vladva train`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_adapters import write_adapter

from vladva.app.__main__ import run
from vladva.app.adapters import Adapters
from vladva.indexes.library import Library
from vladva.trainer import run as trainer
from vladva.trainer.events import (
    Evaluated,
    Event,
    Preparing,
    Saved,
    Skipped,
    Started,
    Step,
    Summary,
    Verdict,
)

METRICS = {"image_R@1": 5.0, "image_R@10": 61.04, "image_chance_R@10": 5.0, "log_loss": 2.5}


Play = Callable[[trainer.Settings], Iterator[Event]]


class Stage:
    """Plays a run instead of training, and notes what it was asked for."""

    def __init__(self, play: Play) -> None:
        self.asked: list[trainer.Settings] = []
        self._play = play

    def start(self, settings: trainer.Settings) -> Iterator[Event]:
        self.asked.append(settings)
        return self._play(settings)


def played(verdict: Verdict | None, stopped: str | None = None, steps: int = 2) -> Play:
    def play(settings: trainer.Settings) -> Iterator[Event]:
        yield Started("mini", 180, 20, 2, steps, 0, 600_000, 5_200_000)
        yield Preparing("features", 180, 180)
        yield Skipped("a.jsonl:3", "no such file")
        for step in range(1, steps + 1):
            yield Step(step, steps, 3.0, 2.0, 1.0, 1e-4, 12.5, 1000, 1.0, {"text_text": 0.25})
        yield Evaluated(steps, METRICS)
        yield Saved(steps, str(settings.out / "checkpoints"))
        if stopped is None:
            write_adapter(settings.out)
        yield Summary(str(settings.out), steps, 61.0, METRICS, verdict, "gain 0.1", stopped)

    return play


@pytest.fixture
def on_stage(monkeypatch: pytest.MonkeyPatch) -> Callable[[Play], Stage]:
    def put(play: Play) -> Stage:
        stage = Stage(play)
        monkeypatch.setattr(trainer, "start", stage.start)
        return stage

    return put


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the library lies that nobody named."""
    monkeypatch.setattr("vladva.indexes.library.default_library_folder", lambda: tmp_path / "home")
    return tmp_path / "home"


FEW = ["--set", "data.held_out=0"]
"""Nothing is held out, so that a few photos are enough."""


def train(*args: str, library: Path | None = None, code: int = 0) -> None:
    named = [] if library is None else ["--library", str(library)]
    assert run([*named, "train", *args]) == code


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def chosen(folder: Path) -> str:
    with Library.open(folder, create=False) as library:
        return Adapters(library).chosen("mini")
