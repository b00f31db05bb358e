"""A connection of its own to `library.db`, for a room that keeps a table there.

Refuses to know the tables (`schema`) and what their rows mean.
"""

import sqlite3
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from vladva.indexes import schema
from vladva.indexes.health import rescue
from vladva.indexes.library import Library


class Database:
    """Threads may share it; it is opened when it is first asked, and closes itself."""

    def __init__(self, library: Library) -> None:
        self._folder = library.folder
        self._mutex = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows. Raises `LibraryError` where the database cannot be read."""
        with self._mutex, schema.told(self._folder):
            return self._opened().execute(statement, values).fetchall()

    def write(self, statement: str, *rows: Sequence[object]) -> int:
        """Do it for each row of values, all or none → how many rows of the table it touched.

        Raises `LibraryError` where the database cannot be written.
        """
        with self._mutex, schema.told(self._folder), self._opened() as db:
            return db.executemany(statement, rows).rowcount

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = schema.connect(self._folder / rescue.NAME)
            weakref.finalize(self, self._db.close)
        return self._db


def plain(text: str) -> str:
    """Words from a terminal may hold half a character, which no database takes."""
    return text.encode("utf-8", "replace").decode()
