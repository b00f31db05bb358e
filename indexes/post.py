"""What programs tell each other through `library.db`: requests, and the events that answer them.

Everything is bounded: what was read is deleted, what nobody reads is not kept. Refuses to know
what is requested, and who holds the lock.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from vladva.indexes import schema

Kind = Literal["index", "forget"]
State = Literal["waiting", "taken", "done", "failed"]

_UNREAD = 20_000  # events that may wait for a reader; one that lives reads five times a second
_KEPT = 20  # finished requests that are kept for their readers
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Request:
    """What one program wants of the one that holds the lock; `asked_by` is its process."""

    id: int
    kind: Kind
    body: dict[str, Any]
    asked_by: int


class Post:
    """A connection of its own to the letter box of a library. A context manager; closes itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db = schema.connect(folder / "library.db")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    # ---- the one who asks

    def ask(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Leave a request → its number."""
        statement = "INSERT INTO requests (kind, body, asked_by) VALUES (?, ?, ?)"
        with schema.told(self._folder), self._db:
            done = self._db.execute(statement, (kind, json.dumps(dict(body)), os.getpid()))
        return int(done.lastrowid or 0)

    def state(self, request: int) -> State | None:
        """How far a request is; None where it was thrown away."""
        rows = self._query("SELECT state FROM requests WHERE id = ?", request)
        return rows[0][0] if rows else None

    def read(self, request: int) -> list[dict[str, Any]]:
        """The next events of a request, each once, as JSON objects."""
        rows = self._query(
            "SELECT id, event FROM request_events WHERE request = ? ORDER BY id LIMIT ?",
            request,
            _AT_ONCE,
        )
        if rows:
            self._write(
                "DELETE FROM request_events WHERE request = ? AND id <= ?", request, rows[-1][0]
            )
        return [json.loads(event) for _, event in rows]

    def withdraw(self, request: int) -> bool:
        """Take a request back → whether it was still open."""
        return self._set_open(request, "failed")

    # ---- the one who holds the lock

    def reopen(self) -> None:
        """What a holder left that died: its askers still wait, or have gone too."""
        rows = self._query("SELECT id, asked_by FROM requests WHERE state IN ('waiting', 'taken')")
        for request, asked_by in rows:
            self._set_open(request, "waiting" if _alive(asked_by) else "failed")

    def waiting(self) -> list[Request]:
        """The requests that nobody has taken, oldest first."""
        rows = self._query(
            "SELECT id, kind, body, asked_by FROM requests WHERE state = 'waiting' ORDER BY id"
        )
        return [Request(id_, kind, json.loads(body), by) for id_, kind, body, by in rows]

    def take(self, request: int) -> bool:
        """Begin with a request → False where it was withdrawn meanwhile."""
        statement = "UPDATE requests SET state = 'taken' WHERE id = ? AND state = 'waiting'"
        return self._write(statement, request) > 0

    def tell(self, request: int, events: Sequence[Mapping[str, Any]]) -> None:
        """Events for the one who asked; lost where nobody reads them."""
        count = "SELECT count(*) FROM request_events WHERE request = ?"
        room = max(0, _UNREAD - int(self._query(count, request)[0][0]))
        self._append(request, events[:room])

    def close(self, request: int, state: State, last: Mapping[str, Any]) -> None:
        """End a request with a last word, which is always kept."""
        self._append(request, [last])
        self._write("UPDATE requests SET state = ? WHERE id = ?", state, request)
        self._prune()

    # ---- inside

    def _set_open(self, request: int, state: State) -> bool:
        """Only what is open changes its state: whether it was."""
        statement = "UPDATE requests SET state = ? WHERE id = ? AND state IN ('waiting', 'taken')"
        return self._write(statement, state, request) > 0

    def _append(self, request: int, events: Sequence[Mapping[str, Any]]) -> None:
        rows = [(request, json.dumps(dict(event))) for event in events]
        with schema.told(self._folder), self._db:
            self._db.executemany("INSERT INTO request_events (request, event) VALUES (?, ?)", rows)

    def _prune(self) -> None:
        self._write(
            "DELETE FROM requests WHERE state IN ('done', 'failed') AND id NOT IN (SELECT id FROM "
            "requests WHERE state IN ('done', 'failed') ORDER BY id DESC LIMIT ?)",
            _KEPT,
        )
        self._write("DELETE FROM request_events WHERE request NOT IN (SELECT id FROM requests)")

    def _query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with schema.told(self._folder):
            return self._db.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> int:
        with schema.told(self._folder), self._db, closing(self._db.cursor()) as cursor:
            return int(cursor.execute(statement, values).rowcount)


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # asking there would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
