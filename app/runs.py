"""Training runs of the page: one at a time, each a process, so that a crash costs only the run.

A run outlives the browser's page and ends with the program that serves it. What was stopped can go
on. Refuses to know HTTP, and how a model is trained.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vladva.app.run_state import RunState
from vladva.app.train_wish import Outlook, TrainWish, check, out_folder
from vladva.errors import LibraryError
from vladva.indexes.library import Library

PROGRAM = (sys.executable, "-m", "vladva.app")
ENDING_S = 8.0
"""Seconds that a run gets to save itself when the program ends."""
NICE = 10
"""A search goes before a step."""
_UNFINISHED = "page_training"
_SCRAPS = ("checkpoints", "features")
"""What only a run that goes on needs; hundreds of megabytes with a large base."""


class Runs:
    """The runs of one library. `program` is what the words of a command follow."""

    def __init__(self, library: Library, program: Sequence[str] = PROGRAM) -> None:
        self.program = program
        self.state = RunState()
        self._library = library
        self._gate = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    def start(self, wish: TrainWish) -> Outlook:
        """Begin. Raises what `check` raises, and `LibraryError` where a run is on its way."""
        with self._gate:
            self._check_idle()
            outlook = check(self._library, wish)
            self._library.set(_UNFINISHED, asdict(wish))
            self._begin(wish, asdict(outlook), resume=False)
        return outlook

    def resume(self) -> None:
        """Go on with the run that was stopped last. Raises `LibraryError` where there is none."""
        with self._gate:
            self._check_idle()
            wish = self.unfinished()
            if wish is None:
                raise LibraryError("No run waits to go on.", "Start a new one.")
            self._begin(wish, {}, resume=True)

    def stop(self) -> None:
        """Ask the run to save itself and end; asked a second time, it ends at once."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        if self.state.stopping:
            process.kill()
        else:
            self.state.stopping = True
            process.terminate()

    def close(self, seconds: float = ENDING_S) -> None:
        """End with the program: save where that is quick, and leave no process behind."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            self.stop()
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            process.kill()
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Until the run has ended, but not longer."""
        if self._thread is not None:
            self._thread.join(seconds)

    def unfinished(self) -> TrainWish | None:
        """The last run, where it was stopped and has a checkpoint to go on from."""
        kept = self._library.get(_UNFINISHED)
        if not kept or self.state.running:
            return None
        wish = TrainWish(**{**kept, "changes": tuple(kept["changes"])})
        saved = out_folder(self._library, wish.name) / "checkpoints"
        return wish if saved.is_dir() and any(saved.iterdir()) else None

    def as_json(self) -> dict[str, Any]:
        """The object of `/api/train`."""
        waiting = self.unfinished()
        return {"run": self.state.as_json(), "unfinished": waiting and waiting.name}

    def _check_idle(self) -> None:
        if self.state.running or (self._thread is not None and self._thread.is_alive()):
            raise LibraryError("A training run is on its way.", "Wait for it or stop it.")

    def _begin(self, wish: TrainWish, facts: dict[str, Any], *, resume: bool) -> None:
        out = out_folder(self._library, wish.name)
        words = wish.words(out, resume=resume)
        self.state = RunState("starting", wish.name, facts=facts)
        self._process = _process([*self.program, "--library", str(self._library.folder), *words])
        self._thread = threading.Thread(
            target=self._follow, args=(self.state, self._process, out), name="training", daemon=True
        )
        self._thread.start()

    def _follow(self, state: RunState, process: "subprocess.Popen[str]", out: Path) -> None:
        assert process.stdout is not None
        hearing = threading.Thread(target=_hear, args=(state, process), daemon=True)
        hearing.start()
        with process.stdout as told:
            for line in told:
                with suppress(ValueError, KeyError):  # no event: a library's own word
                    state.take(json.loads(line))
        code = process.wait()
        hearing.join()
        if state.summary is not None and state.summary["verdict"]:
            state.moved = moved_queries(out)
            self._library.set(_UNFINISHED, None)
            for name in _SCRAPS:
                shutil.rmtree(out / name, ignore_errors=True)
        state.end(code)


def moved_queries(out: Path) -> dict[str, int] | None:
    """How many held-out queries find their photo earlier, later, as before; None: unknown."""
    import numpy as np

    from vladva.trainer.evidence import EVIDENCE, read_evidence

    if not (out / EVIDENCE).is_file():
        return None
    evidence = read_evidence(out)
    before, after = evidence["before/image_ranks"], evidence["after/image_ranks"]
    return {
        "queries": len(after),
        "earlier": int(np.less(after, before).sum()),
        "later": int(np.greater(after, before).sum()),
        "first_before": int((before == 1).sum()),
        "first_after": int((after == 1).sum()),
    }


def _process(command: Sequence[str]) -> "subprocess.Popen[str]":
    """A process that Ctrl-C in our terminal does not reach: we tell it ourselves, once."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        start_new_session=True,
    )
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # gone already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    return process


def _hear(state: RunState, process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    with process.stderr as said:
        for line in said:
            state.hear(line.rstrip())
