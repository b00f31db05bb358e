"""A training run as the page shows it: what its event lines add up to, and how it ended.

Takes the objects of `train --json`. Refuses to know processes and who looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Stage = Literal["idle", "starting", "preparing", "training", "judging", "done", "stopped", "failed"]
BUSY = frozenset({"starting", "preparing", "training", "judging"})
KEPT_POINTS = 300
"""Points of a curve: beyond, every other one is dropped."""
KEPT_SKIPS = 100
KEPT_LINES = 40
"""Last lines on stderr, in which the reason of an end stands."""
OUT_OF_MEMORY = -9
_LOSSES = ("loss", "contrastive", "autoregressive")
_STARTED = ("model", "rows", "held_out", "bad_rows", "steps", "first_step", "trainable", "total")
_ENDED = ("steps", "seconds", "metrics", "verdict", "reason", "stopped", "accepted")

Line = Mapping[str, Any]


@dataclass
class Curve:
    """Losses by step, thinned evenly where they are many; the newest one is always there."""

    points: list[list[float]] = field(default_factory=list)
    """[step, loss, contrastive, autoregressive], the oldest first."""
    _last: list[float] | None = None
    _stride: int = 1
    _seen: int = 0

    def add(self, line: Line) -> None:
        """One `step` event more."""
        self._last = [line["step"], *(line[name] for name in _LOSSES)]
        if self._seen % self._stride == 0:
            self.points.append(self._last)
        self._seen += 1
        if len(self.points) > KEPT_POINTS:
            self.points = self.points[::2]
            self._stride *= 2

    def all(self) -> list[list[float]]:
        """What is kept, up to the newest."""
        if self._last is None or self._last is self.points[-1]:
            return list(self.points)
        return [*self.points, self._last]


@dataclass
class RunState:
    """The run in progress, or the last one. One thread writes; others may read."""

    stage: Stage = "idle"
    name: str = ""
    """The adapter's, once there is one."""
    stopping: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    """What the run said of itself when it began."""
    step: int = 0
    rate: float = 0.0
    eta_s: float | None = None
    memory: int = 0
    preparing: dict[str, Any] | None = None
    curve: Curve = field(default_factory=Curve)
    evals: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)
    skips: int = 0
    summary: dict[str, Any] | None = None
    moved: dict[str, Any] | None = None
    """What became of the held-out queries; see `moved_queries`."""
    message: str = ""
    hint: str = ""
    _said: list[str] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether there is an end to wait for."""
        return self.stage in BUSY

    def take(self, line: Line) -> None:
        """Bring the state up to date with one event; unknown ones change nothing."""
        match line.get("event"):
            case "start":
                self.facts = {name: line[name] for name in _STARTED}
                self.stage, self.step, self.preparing = "training", line["first_step"], None
            case "preparing":
                self.preparing = {name: line[name] for name in ("what", "done", "total")}
                self.stage = "preparing"
            case "step":
                self._step(line)
            case "eval":
                self._eval(line)
            case "skipped":
                self.skips += 1
                if len(self.skipped) < KEPT_SKIPS:
                    self.skipped.append({"row": line["row"], "reason": line["reason"]})
            case "summary":
                self.summary = {name: line.get(name) for name in _ENDED}

    def hear(self, said: str) -> None:
        """A line that the run said to people."""
        self._said = [*self._said, said][-KEPT_LINES:]

    def end(self, code: int) -> None:
        """The process is gone, with this exit code."""
        if self.summary is not None and self.summary["stopped"] is None and code == 0:
            self.stage = "done"
            return
        if self.summary is not None and self.summary["stopped"]:
            self.stage, self.message = "stopped", _sentence(self.summary["stopped"])
            return
        if self.stopping:
            self.stage, self.message = "stopped", "Ended at once."
            return
        self.stage = "failed"
        self.message, self.hint = _reason(self._said, code)

    def as_json(self) -> dict[str, Any]:
        """The object `run` of `/api/train`."""
        plain = (
            "stage", "name", "stopping", "running", "facts", "step", "rate", "eta_s", "memory",
            "preparing", "skipped", "skips", "summary", "moved", "message", "hint",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in plain},
            "curve": self.curve.all(),
            "evals": list(self.evals),
        }

    def _step(self, line: Line) -> None:
        self.step = line["step"]
        self.rate, self.eta_s = line["samples_per_second"], line["eta_s"]
        self.memory = line["peak_memory_bytes"]
        self.curve.add(line)
        self.stage = "judging" if line["step"] >= line["steps"] else "training"

    def _eval(self, line: Line) -> None:
        kept = [one for one in self.evals if one["step"] < line["step"]]  # a step done again
        self.evals = [*kept, {"step": line["step"], "metrics": dict(line["metrics"])}]


def _reason(said: list[str], code: int) -> tuple[str, str]:
    """The last error that was said, and its remedy; else what the exit code means."""
    at = next((i for i in reversed(range(len(said))) if said[i].startswith("Error: ")), None)
    if at is not None:
        rest = [line.strip() for line in said[at + 1 :] if line.strip()]
        return said[at].removeprefix("Error: "), "\n".join(rest)
    if code == OUT_OF_MEMORY:
        return (
            "The system ended the run, most likely because memory ran out.",
            "A smaller base, or the setting data.chunk=8.",
        )
    last = next((line.strip() for line in reversed(said) if line.strip()), "")
    return f"The run ended with code {code}.", last


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
