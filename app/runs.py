"""Training runs of the page: one at a time, each a process, so that a crash costs only the run.

A run outlives the browser's page and ends with the program that serves it. What was stopped can go
on. Refuses to know HTTP, and how a model is trained.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import BaseFileLock

from vladva.app import run_folder
from vladva.app.run_state import RunState
from vladva.app.train_wish import RUNS, Outlook, TrainWish, check, out_folder
from vladva.errors import LibraryError, TrainingError, VladvaError
from vladva.indexes.library import Library

PROGRAM = (sys.executable, "-m", "vladva.app")
ENDING_S = 8.0
"""Seconds that a run gets to save itself when the program ends."""
NICE = 10
"""A search goes before a step."""
_WISH = "page_training"
"""Before the name of a run: the setting of the library that tells how the run was begun."""


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
        """Begin; runs that were stopped before are kept.

        Raises what `check` raises, `LibraryError` where a run is on its way, and `TrainingError`
        where no process can be started.
        """
        with self._gate:
            self._check_idle()
            outlook = check(self._library, wish)
            self._begin(wish, asdict(outlook), resume=False)
        return outlook

    def resume(self) -> None:
        """Go on with the run that was stopped last.

        Raises `LibraryError` where there is none or another program works on it, and
        `TrainingError` where no process can be started.
        """
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
            if not self.state.stopping:  # a second stop would cut off what is being saved
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
        """The run that was stopped last, where one has a checkpoint to go on from."""
        waiting = [] if self.state.running else self.waiting()
        return waiting[0] if waiting else None

    def waiting(self) -> list[TrainWish]:
        """Runs that were stopped and can go on, the latest first; none that is at work."""
        places = run_folder.waiting(self._library.folder / RUNS)
        kept = [self._library.get(_key(place.name)) for place in places]
        return [TrainWish(**{**one, "changes": tuple(one["changes"])}) for one in kept if one]

    def as_json(self) -> dict[str, Any]:
        """The object of `/api/train`: the run, who may go on, and who can after that one."""
        state, names = self.state, [wish.name for wish in self.waiting()]
        unfinished = names.pop(0) if names and not state.running else None
        return {"run": state.as_json(), "unfinished": unfinished, "kept": names}

    def _check_idle(self) -> None:
        if self.state.running or (self._thread is not None and self._thread.is_alive()):
            raise LibraryError("A training run is on its way.", "Wait for it or stop it.")

    def _begin(self, wish: TrainWish, facts: dict[str, Any], *, resume: bool) -> None:
        out = out_folder(self._library, wish.name)
        words = [*self.program, "--library", str(self._library.folder)]
        words += wish.words(out, resume=resume)
        state = RunState("starting", wish.name, facts=facts)
        try:
            with ExitStack() as undo:
                lock = run_folder.hold(out)
                undo.callback(lock.release)
                if resume:
                    run_folder.reopen(out)
                self._library.set(_key(wish.name), asdict(wish))
                process = _process(words)
                undo.callback(process.kill)
                thread = threading.Thread(
                    target=self._follow, args=(state, process, out, lock), daemon=True
                )
                thread.start()
                undo.pop_all()
        except (OSError, ValueError, RuntimeError) as error:  # no file, no text, no thread
            raise TrainingError(
                f"The training run cannot be started: {error}.",
                "Check its settings, and that memory and disk have room; then try again.",
            ) from error
        self.state, self._process, self._thread = state, process, thread

    def _follow(
        self, state: RunState, process: "subprocess.Popen[str]", out: Path, lock: BaseFileLock
    ) -> None:
        try:
            _listen(state, process)
        finally:
            code = process.wait()
            try:
                if code == 0 and state.summary is not None and state.summary["verdict"]:
                    self._settle(state, out)
            finally:
                lock.release()
                state.end(code)

    def _settle(self, state: RunState, out: Path) -> None:
        """The adapter is in the library: nothing is left to go on with."""
        run_folder.tidy(out)
        state.moved = moved_queries(out)
        with suppress(VladvaError):  # without a checkpoint the record says nothing
            self._library.set(_key(out.name), None)


def _key(name: str) -> str:
    return f"{_WISH}/{name}"


def _listen(state: RunState, process: "subprocess.Popen[str]") -> None:
    """Take events until the process has no more to say."""
    assert process.stdout is not None
    hearing = threading.Thread(target=_hear, args=(state, process), daemon=True)
    hearing.start()
    with process.stdout as told:
        for line in told:
            with suppress(ValueError, KeyError, TypeError, RecursionError):  # no event
                event = json.loads(line)
                if isinstance(event, dict):
                    state.take(event)
    hearing.join()


def moved_queries(out: Path) -> dict[str, int] | None:
    """How many held-out queries find their photo earlier, later, as before; None: unknown."""
    import numpy as np
    from safetensors import SafetensorError

    from vladva.trainer.evidence import EVIDENCE, read_evidence

    if not (out / EVIDENCE).is_file():
        return None
    try:
        evidence = read_evidence(out)
        before, after = evidence["before/image_ranks"], evidence["after/image_ranks"]
    except (OSError, ValueError, KeyError, SafetensorError):
        return None
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
        env={**os.environ, run_folder.HELD: "1"},
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
