"""One indexing run at a time, in the background of the page, and what it says about itself.

Refuses to know HTTP and how a run works.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vladva.app.session import Session
from vladva.errors import LibraryError, VladvaError
from vladva.indexes.events import Event, Progress, Skipped, Summary
from vladva.protocols import Encoder

Stage = Literal["idle", "drawing", "loading", "indexing", "done", "stopped", "failed"]
KEPT_SKIPS = 200
"""Skipped files that a run remembers; the library keeps them all."""


@dataclass
class Report:
    """What the page shows of the run in progress, or of the last one."""

    stage: Stage = "idle"
    folder: str = ""
    done: int = 0
    total: int = 0
    rate: float = 0.0
    eta_s: float | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)
    skipped_count: int = 0
    summary: dict[str, Any] | None = None
    message: str = ""
    hint: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object of `/api/index`."""
        return {**vars(self), "running": self.running}

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.stage in {"drawing", "loading", "indexing"}

    def take(self, event: Event) -> None:
        """Bring the report up to date."""
        if isinstance(event, Progress):
            self.done, self.total = event.done, event.total
            self.rate, self.eta_s = event.rate, event.eta_s
        elif isinstance(event, Skipped):
            self.skipped_count += 1
            if len(self.skipped) < KEPT_SKIPS:
                self.skipped.append(
                    {"path": event.path, "reason": event.reason, "hint": event.hint}
                )
        elif isinstance(event, Summary):
            self.summary = event.as_json()


Run = Callable[[Encoder, Sequence[Path], threading.Event], Iterator[Event]]
"""(encoder, folders, stop) → the events of a run."""


class Indexing:
    """The runs of one page.

    `run` indexes folders; `draw` draws the photos of the demo and tells (folder, done, total).
    """

    def __init__(
        self,
        session: Session,
        run: Run,
        draw: Callable[[threading.Event], Iterator[tuple[Path, int, int]]],
    ) -> None:
        self.report = Report()
        self._session = session
        self._run = run
        self._draw = draw
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._gate = threading.Lock()

    def index(self, folder: Path) -> None:
        """Index a folder, and go on in the background."""
        self._start(str(folder), lambda: self._index([folder], None))

    def demo(self) -> None:
        """Draw the demo's photos and index them, in the background. Only into an empty library."""
        if self._session.library.active() is not None:
            raise LibraryError(
                "The demo is for an empty library.",
                "`vladva demo` in a terminal has a library of its own.",
            )
        self._start("the drawn world", self._demo)

    def refresh(self) -> None:
        """Look through every known folder again."""
        folders = [Path(root.path) for root in self._session.library.roots()]
        if folders:
            self._start("all folders", lambda: self._index(folders, None))

    def stop(self) -> None:
        """Ask the run to end; what is durable stays."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Until the run has ended, but not longer."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _start(self, folder: str, work: Callable[[], None]) -> None:
        with self._gate:
            if self.report.running:
                raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")
            self._stop = threading.Event()
            self.report = Report("loading", folder)
            self._thread = threading.Thread(
                target=self._guarded, args=(work,), name="indexing", daemon=True
            )
            self._thread.start()

    def _guarded(self, work: Callable[[], None]) -> None:
        report = self.report
        try:
            work()
            report.stage = "stopped" if self._stop.is_set() else "done"
        except VladvaError as error:
            report.message, report.hint = error.message, error.hint
            report.stage = "failed"
        except Exception as error:  # noqa: BLE001 - a thread's last word must reach the page
            report.message = f"{type(error).__name__}: {error}"
            report.stage = "failed"

    def _demo(self) -> None:
        report = self.report
        report.stage = "drawing"
        folder: Path | None = None
        start = time.monotonic()
        for place, done, total in self._draw(self._stop):
            folder, report.done, report.total = place, done, total
            report.rate = done / max(time.monotonic() - start, 1e-3)
            report.eta_s = (total - done) / report.rate
        if folder is not None and not self._stop.is_set():
            self._index([folder], "mini")

    def _index(self, folders: list[Path], model: str | None) -> None:
        report = self.report
        report.stage, report.done, report.total, report.rate = "loading", 0, 0, 0.0
        encoder = self._session.encoder(model)
        report.stage = "indexing"
        for event in self._run(encoder, folders, self._stop):
            report.take(event)
