"""Prompt pairs compared on the model in use, in the background: one run of a page at a time.

Refuses to know HTTP and how the figures are drawn.
"""

import atexit
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from vladva.app.from_library import training_rows
from vladva.app.session import Session
from vladva.errors import DataError, LibraryError, VladvaError
from vladva.indexes.captions import told
from vladva.prompts import PromptPair, candidates

if TYPE_CHECKING:
    from vladva.app.prompting import Sample
    from vladva.prompt_choice import Compared

Where = Literal["library", "drawn"]
Stage = Literal["idle", "preparing", "comparing", "done", "stopped", "failed"]
BUSY = frozenset({"preparing", "comparing"})
TURN_S = 0.05
"""Between two pairs whoever searches gets the model."""
END_S = 5.0
"""How long the program waits for a run when it ends."""


class Comparing:
    """The comparison of one page: asked for, followed, stopped; its result stays."""

    def __init__(self, session: Session, pairs: Sequence[PromptPair] | None = None) -> None:
        self._session = session
        self._pairs = list(candidates() if pairs is None else pairs)
        self._gate = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._told: dict[str, Any] = _state("idle")

    def as_json(self) -> dict[str, Any]:
        """Where it stands: stage, done of total, seconds left, and the result once there is one."""
        return dict(self._told)

    def start(self, where: Where, limit: int) -> None:
        """Compare on `limit` pictures of the library, or of the drawn world.

        Raises `LibraryError` while a run is on its way, `Unsupported` on a model that says no next
        word.
        """
        from vladva.app.prompting import readable

        encoder: Any = self._session.encoder()
        size = readable(encoder)
        with self._gate:
            if self._told["stage"] in BUSY:
                raise LibraryError("A comparison is on its way.", "Wait for it or stop it.")
            self._stop = threading.Event()
            self._told = _state("preparing", where)
            self._thread = threading.Thread(
                target=self._guarded, args=(encoder, size, where, limit), daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Ask the run to end."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Until the run has ended, but not longer."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _guarded(self, encoder: Any, size: int, where: Where, limit: int) -> None:
        atexit.register(self._end)  # a thread that still computes must not outlive the program
        try:
            self._run(encoder, size, where, limit)
        except VladvaError as error:
            self._tell(stage="failed", message=error.message, hint=error.hint)
        except Exception as error:  # noqa: BLE001 - a thread's last word must reach the page
            self._tell(stage="failed", message=f"{type(error).__name__}: {error}")
        finally:
            atexit.unregister(self._end)

    def _run(self, encoder: Any, size: int, where: Where, limit: int) -> None:
        from vladva.app import prompting

        with tempfile.TemporaryDirectory(prefix="vladva-") as folder:
            made = self._drawn if where == "drawn" else self._own
            data = made(Path(folder), limit)
            if self._stop.is_set():
                return self._tell(stage="stopped")
            sampled = prompting.sample(data, encoder.prepare, limit)
        done = list(self._compared(encoder, sampled, size))
        if self._stop.is_set():
            return self._tell(stage="stopped")
        found = prompting.comparison(encoder.name, data, sampled, encoder, done)
        result = {**prompting.as_json(found, curves=True), "skipped": len(sampled.skipped)}
        return self._tell(stage="done", eta_s=None, result={**result, "data": where})

    def _compared(self, encoder: Any, sampled: "Sample", size: int) -> "Iterator[Compared]":
        from vladva.prompt_choice import compare

        begun, total = time.monotonic(), len(self._pairs)
        self._tell(stage="comparing", done=0, total=total, eta_s=None)
        found = compare(encoder, sampled.pictures, sampled.items, self._pairs, size)
        for done, one in enumerate(found, 1):
            yield one
            left = (total - done) * (time.monotonic() - begun) / done
            self._tell(done=done, eta_s=left)
            if self._stop.wait(TURN_S):
                return

    def _drawn(self, folder: Path, limit: int) -> Path:
        """Scenes that the packaged model was not trained on."""
        from vladva.toyland.invent import invent
        from vladva.toyland.write import write_scenes

        scenes = [invent("test", 0, number) for number in range(limit)]
        for one in write_scenes(folder / "scenes", scenes):
            self._tell(done=one.done, total=one.total)
            if self._stop.is_set():
                break
        return folder / "scenes"

    def _own(self, folder: Path, limit: int) -> Path:
        """Photos of the library whose captions are by people, spread evenly over it."""
        rows = training_rows(told(self._session.library), (), machine=False, generate=False)
        if len(rows) < 2:
            raise DataError(
                "Fewer than two photos of this library have a caption of their own.",
                "Take the drawn world, or put captions beside photos: photo.txt beside photo.jpg.",
            )
        places = np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(int)
        file = folder / "photos.jsonl"
        file.write_text("".join(json.dumps(rows[place]) + "\n" for place in places), "utf-8")
        return file

    def _tell(self, **news: Any) -> None:
        self._told = {**self._told, **news}

    def _end(self) -> None:
        self.stop()
        self.wait(END_S)


def _state(stage: Stage, where: str = "") -> dict[str, Any]:
    return {
        "stage": stage,
        "where": where,
        "done": 0,
        "total": 0,
        "eta_s": None,
        "message": "",
        "hint": "",
        "result": None,
    }
