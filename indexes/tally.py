"""What a run has done so far: counted from its events, and from what is no event.

Refuses to know who tells it.
"""

import time
from collections import Counter
from typing import Any

from vladva.indexes.events import Event, Summary

_FIELDS = ("indexed", "moved", "removed", "skipped", "unchanged", "decodes", "encodes", "captioned")
_CHANGES = ("indexed", "copy", "moved", "removed")


class Tally:
    """Counts, by the kind of the event; `unchanged`, `offline`, `decodes`, `encodes` by hand."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.start()

    def start(self) -> None:
        """Seconds count from here on."""
        self._start = time.perf_counter()

    def mark(self) -> "Tally":
        """The state of now, to be given to `summary` later."""
        made = Tally()
        made.counts.update(self.counts)
        return made

    def changes(self) -> int:
        """How many rows were written or dropped."""
        return sum(self.counts[kind] for kind in _CHANGES)

    def take(self, event: Event) -> None:
        """Count an event."""
        self.counts[event.kind] += 1

    def summary(self, since: "Tally | None" = None) -> Summary:
        """The sum of everything, or of what came after a `mark`."""
        start = since or self
        seconds = time.perf_counter() - start._start  # noqa: SLF001 - of its own kind
        count = self.counts - since.counts if since else self.counts
        made = count["indexed"] + count["copy"]
        counted: dict[str, Any] = {name: count[name] for name in _FIELDS}
        return Summary(
            copies=count["copy"],
            offline_roots=count["offline"],
            seconds=round(seconds, 3),
            images_per_second=round(made / max(seconds, 1e-9), 2),
            **counted,
        )
