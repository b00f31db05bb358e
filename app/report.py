"""What the page shows of its indexing: where it stands, how fast, what was skipped, what to know.

Refuses to know who works and who looks.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vladva.indexes.events import (
    Event,
    Notice,
    Progress,
    Skipped,
    Summary,
    Watching,
)
from vladva.indexes.throttle import Throttle

Stage = Literal[
    "idle", "drawing", "loading", "indexing", "watching", "elsewhere", "done", "stopped", "failed"
]
BUSY = frozenset({"drawing", "loading", "indexing"})
KEPT_SKIPS = 200
"""Skipped files that a report remembers; the library keeps them all."""
KEPT_NOTES = 20


@dataclass
class Report:
    """The run in progress, or the last one. One thread writes most of it; others may read."""

    throttle: Throttle
    stage: Stage = "idle"
    folder: str = ""
    done: int = 0
    total: int = 0
    rate: float = 0.0
    eta_s: float | None = None
    roots: int = 0
    """Folders that are watched."""
    changing: str = ""
    """The model that will be in use once this run has looked through everything."""
    asked: int = 0
    """Wishes that were handed to whoever holds the library, and are not done yet."""
    changes: int = 0
    """Things that happened: whoever shows the library looks again when it grows."""
    message: str = ""
    hint: str = ""
    summary: dict[str, Any] | None = None
    skipped: dict[str, Skipped] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    """Text → remedy, the oldest first."""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def running(self) -> bool:
        """Whether there is an end to wait for."""
        return self.stage in BUSY or self.asked > 0

    def as_json(self) -> dict[str, Any]:
        """The object of `/api/index`."""
        plain = (
            "stage",
            "folder",
            "done",
            "total",
            "rate",
            "eta_s",
            "roots",
            "message",
            "hint",
            "changes",
            "changing",
        )
        skipped = [
            {"path": one.path, "reason": one.reason, "hint": one.hint}
            for one in list(self.skipped.values())
        ]
        return {
            **{name: getattr(self, name) for name in plain},
            "running": self.running,
            "paused": self.throttle.paused,
            "share": self.throttle.share,
            "summary": self.summary,
            "skipped": skipped,
            "notes": [{"text": text, "hint": hint} for text, hint in list(self.notes.items())],
        }

    def take(self, event: Event) -> None:
        """Bring the report up to date."""
        self.counts[event.kind] += 1
        self.changes += not isinstance(event, Progress)
        match event:
            case Progress():
                self.done, self.total = event.done, event.total
                self.rate, self.eta_s = event.rate, event.eta_s
                if self.stage == "watching" and event.done < event.total:
                    self.stage = "indexing"
            case Skipped():
                if event.path in self.skipped or len(self.skipped) < KEPT_SKIPS:
                    self.skipped[event.path] = event
            case Notice():
                self.note(event.text, event.hint)
            case Watching():
                self.stage, self.roots = "watching", event.roots
                self.summary = self.summary or self._so_far()
            case Summary():
                self.summary = event.as_json()

    def begin(self, folder: str) -> None:
        """Something was asked for."""
        self.folder, self.summary = folder, None
        self.message = self.hint = ""
        self.counts.clear()
        self.asked += 1
        if self.stage not in BUSY:
            self.done, self.total, self.rate, self.eta_s = 0, 0, 0.0, None

    def load(self) -> None:
        """From the start: first the encoder is loaded."""
        self.stage, self.message, self.hint = "loading", "", ""
        self.done, self.total, self.rate, self.eta_s = 0, 0, 0.0, None

    def draw(self, steps: Iterable[tuple[Path, int, int]]) -> Path | None:
        """Follow a drawing of (folder, done, total) to its end → the folder."""
        self.stage = "drawing"
        start = time.monotonic()
        folder: Path | None = None
        for place, done, total in steps:
            folder, self.done, self.total = place, done, total
            self.rate = self.done / max(time.monotonic() - start, 1e-3)
            self.eta_s = (self.total - self.done) / self.rate
        return folder

    def elsewhere(self, message: str) -> None:
        """Another program has the library: what it does is told, and no change is made here."""
        if self.changing:
            self.note(
                f"{message} So the change to {self.changing} was left.",
                "Ask for it again once that program has ended.",
            )
            self.changing = ""
        self.stage, self.message, self.hint = "elsewhere", message, ""
        self.done, self.total, self.rate, self.eta_s = 0, 0, 0.0, None

    def fail(self, message: str, hint: str) -> None:
        """It is over."""
        self.stage, self.message, self.hint = "failed", message, hint

    def note(self, text: str, hint: str) -> None:
        """Something to know; only the latest are kept, and each once."""
        self.notes.pop(text, None)
        self.notes[text] = hint
        while len(self.notes) > KEPT_NOTES:
            self.notes.pop(next(iter(self.notes)))

    def _so_far(self) -> dict[str, Any]:
        """What a first pass did, in the words of a `Summary`; what it left alone is not counted."""
        named = {"indexed": "indexed", "copies": "copy", "moved": "moved", "removed": "removed"}
        return {
            **{name: self.counts[kind] for name, kind in named.items()},
            "skipped": self.counts["skipped"],
        }
