"""What a run says: one JSON object a line, in a file, as it happens.

Refuses to know what is trained, and never prints: `vladva.app` and the plots read the file.
"""

import json
import time
from pathlib import Path
from typing import Any


class Journal:
    """Appends `{"event": …, "t": seconds since the start of this run, …}` lines to a file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._start = time.monotonic()

    def say(self, event: str, **values: Any) -> None:
        """Append one line and hand it to the operating system at once."""
        line = {"event": event, "t": round(time.monotonic() - self._start, 1), **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
