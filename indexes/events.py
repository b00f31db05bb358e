"""What an indexing run says while it works: one stream for terminal, page and tests.

Every event is a frozen value with a `kind` (the `event` of the JSON contract). Refuses to know
who listens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Base of all events; `as_json` gives the object of the JSON contract."""

    kind: ClassVar[str]

    def as_json(self) -> dict[str, Any]:
        """The object of the JSON contract."""
        return {"event": self.kind, **asdict(self)}


@dataclass(frozen=True)
class Indexed(Event):
    """A photo, new or changed, whose row is durable."""

    kind: ClassVar[str] = "indexed"
    path: str


@dataclass(frozen=True)
class Copied(Event):
    """A photo with the same content as another: a row of its own, no encode."""

    kind: ClassVar[str] = "copy"
    path: str
    of: str


@dataclass(frozen=True)
class Moved(Event):
    """A photo that kept its vector under a new path."""

    kind: ClassVar[str] = "moved"
    path: str
    old: str


@dataclass(frozen=True)
class Removed(Event):
    """A photo whose file is gone, or no longer wanted."""

    kind: ClassVar[str] = "removed"
    path: str


@dataclass(frozen=True)
class Captioned(Event):
    """A photo whose row has a caption by the model now, and that is durable."""

    kind: ClassVar[str] = "captioned"
    path: str
    caption: str


@dataclass(frozen=True)
class Skipped(Event):
    """A file that cannot be indexed, and why; `hint` names what changes that."""

    kind: ClassVar[str] = "skipped"
    path: str
    reason: str
    hint: str


@dataclass(frozen=True)
class Progress(Event):
    """How far the run is; `rate` in photos per second, `eta_s` in seconds or null."""

    kind: ClassVar[str] = "progress"
    done: int
    total: int
    rate: float
    eta_s: float | None


@dataclass(frozen=True)
class Notice(Event):
    """Something to know once, and the remedy in `hint` (empty where there is none)."""

    kind: ClassVar[str] = "notice"
    text: str
    hint: str


@dataclass(frozen=True)
class Watching(Event):
    """Everything is as the disk is; from now on `roots` folders are watched."""

    kind: ClassVar[str] = "watching"
    roots: int


@dataclass(frozen=True)
class Summary(Event):
    """The last event of a run. `seconds` start after imports and model load."""

    kind: ClassVar[str] = "summary"
    indexed: int
    copies: int
    unchanged: int
    moved: int
    removed: int
    skipped: int
    offline_roots: int
    decodes: int
    encodes: int
    seconds: float
    images_per_second: float
    captioned: int = 0
    profile: Mapping[str, Any] | None = None
    """Where the time went (`vladva.clock`), where that was asked for."""

    def as_json(self) -> dict[str, Any]:
        """As of any event; "profile" only where there is one."""
        told = super().as_json()
        return told if self.profile is not None else {k: told[k] for k in told if k != "profile"}


_KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        Indexed,
        Copied,
        Moved,
        Removed,
        Captioned,
        Skipped,
        Progress,
        Notice,
        Watching,
        Summary,
    )
}


def event_from_json(data: Mapping[str, Any]) -> Event:
    """The event that `as_json` made this object of. Raises `KeyError` for an unknown one."""
    facts = dict(data)
    return _KINDS[facts.pop("event")](**facts)
