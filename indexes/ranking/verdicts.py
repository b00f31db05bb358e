"""What a model answered about photos: kept in `library.db`, so that it is asked only once.

An answer belongs to a model, to the content of a photo and to the words of a question; it stays
true wherever the photo moves. A database that cannot be read or written costs time and no result.
Refuses to know what is asked, and what follows from it.
"""

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Mapping

from vladva.errors import LibraryError
from vladva.indexes import schema
from vladva.indexes.health import rescue
from vladva.indexes.library import Library, now

_WAIT_MS = 100  # for another writer: an answer is cheaper to find again than to wait for
_PAUSE_S = 5.0  # after a write that was refused
_MOST = 500_000  # answers, near 100 MB: beyond that the older half goes, and would be asked again


class Verdicts:
    """The kept answers of one library, on a connection of its own. Threads may share it."""

    def __init__(self, library: Library) -> None:
        self._folder = library.folder
        self._mutex = threading.Lock()
        self._refused = -_PAUSE_S
        self._trimmed = False
        self._db: sqlite3.Connection | None = None

    def known(
        self, model_fingerprint: str, content: str, questions: Iterable[str]
    ) -> dict[str, float]:
        """P(yes) of those questions that this model answered about this content before.

        Rows that hold no probability are as good as none.
        """
        wanted = {_plain(question): question for question in questions}
        asked = "SELECT question, p FROM verdicts WHERE model = ? AND content = ?"
        try:
            with self._mutex, schema.told(self._folder):
                rows = self._opened().execute(asked, (model_fingerprint, content)).fetchall()
        except LibraryError:
            return {}
        return {wanted[said]: p for said, p in rows if said in wanted and _is_probability(p)}

    def keep(self, model_fingerprint: str, content: str, answers: Mapping[str, float]) -> None:
        """Keep answers, question → P(yes); where the database refuses, they are not kept."""
        made = now()
        rows = [(model_fingerprint, content, _plain(q), p, made) for q, p in answers.items()]
        if time.monotonic() - self._refused < _PAUSE_S:
            return
        try:
            with self._mutex, schema.told(self._folder), self._opened() as db:
                db.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)", rows)
                if not self._trimmed:
                    _trim(db)
                    self._trimmed = True
        except LibraryError:
            self._refused = time.monotonic()

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = schema.connect(self._folder / rescue.NAME)
            self._db.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
            weakref.finalize(self, self._db.close)
        return self._db


def _trim(db: sqlite3.Connection) -> None:
    (count,) = db.execute("SELECT count(*) FROM verdicts").fetchone()
    if count > _MOST:
        middle = "SELECT since FROM verdicts ORDER BY since LIMIT 1 OFFSET ?"
        (since,) = db.execute(middle, (count - _MOST // 2,)).fetchone()
        db.execute("DELETE FROM verdicts WHERE since < ?", (since,))


def _plain(question: str) -> str:
    """Words from a terminal may hold half a character, which no database takes."""
    return question.encode("utf-8", "replace").decode()


def _is_probability(value: object) -> bool:
    return isinstance(value, float) and 0 <= value <= 1
