"""What a training run tells: plain values, one after the other, for a screen, a file or a test.

Refuses to know who listens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

Verdict = Literal["accepted", "refused", "undecided"]


@dataclass(frozen=True)
class Started:
    """What is about to be trained, and on what."""

    kind: ClassVar[str] = "start"
    model: str
    rows: int
    held_out: int
    bad_rows: int
    steps: int
    first_step: int
    """0, or the step at which an interrupted run goes on."""
    trainable: int
    """Parameters that learn."""
    total: int
    """Parameters of the model with them."""


@dataclass(frozen=True)
class Preparing:
    """Work before the first step: features of a frozen vision tower, generated captions."""

    kind: ClassVar[str] = "preparing"
    what: Literal["features", "captions"]
    done: int
    total: int


@dataclass(frozen=True)
class Step:
    """One optimiser step. Losses are means over what was seen since the last one told."""

    kind: ClassVar[str] = "step"
    step: int
    steps: int
    loss: float
    contrastive: float
    autoregressive: float
    lr: float
    samples_per_second: float
    peak_memory_bytes: int
    eta_s: float
    others: Mapping[str, float] = field(default_factory=dict)
    """Losses beyond the paper that are switched on, by name."""


@dataclass(frozen=True)
class Evaluated:
    """Metrics on the held-out part: ranks start at 1, recalls and chance are percent."""

    kind: ClassVar[str] = "eval"
    step: int
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Saved:
    """A checkpoint is on disk: a run that ends now goes on from this step."""

    kind: ClassVar[str] = "checkpoint"
    step: int
    path: str


@dataclass(frozen=True)
class Skipped:
    """A row that could not be used, and why."""

    kind: ClassVar[str] = "skipped"
    row: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """The end of a run. `verdict` is the gate's; None where the run was stopped before its end."""

    kind: ClassVar[str] = "summary"
    adapter: str
    steps: int
    seconds: float
    metrics: Mapping[str, float]
    verdict: Verdict | None
    reason: str
    """The gate's words."""
    stopped: str | None = None
    """Why the run ended early; None where it did not."""

    @property
    def accepted(self) -> bool:
        """Whether the adapter is better than what is in use."""
        return self.verdict == "accepted"


Event = Started | Preparing | Step | Evaluated | Saved | Skipped | Summary


def as_line(event: Event) -> dict[str, Any]:
    """An event as the object that `train --json` and the journal write.

    >>> as_line(Skipped("a.jsonl:3", "no such file"))
    {'event': 'skipped', 'row': 'a.jsonl:3', 'reason': 'no such file'}
    """
    line = {"event": event.kind, **asdict(event)}
    line.update(line.pop("others", {}))
    if isinstance(event, Summary):
        line["accepted"] = event.accepted
    return line
