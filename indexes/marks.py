"""What a person said of results: this photo fits this query, that one does not.

A mark belongs to the words of a query and to the content of a photo, so it stays with the photo
wherever that moves, and holds for its copies. Marks lie in `library.db`. Refuses to know what
they are used for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vladva.errors import ConfigError
from vladva.indexes.database import Database, plain
from vladva.indexes.library import Library, now

Fits = Literal["accept", "reject"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One photo's content under one query."""

    query: str
    content: str
    """Hash of the photo's bytes, as in `Row.content`."""
    mark: Fits
    since: str
    """ISO 8601, UTC."""


class Marks:
    """The marks of one library. Threads may share it."""

    def __init__(self, library: Library) -> None:
        self._db = Database(library)

    def mark(self, query: str, contents: Iterable[str], mark: Fits | None) -> None:
        """Mark photos, by their content, as found or not found rightly; None takes a mark back.

        Raises `ConfigError` for a query without a word.
        """
        words = spelled(query)
        if not words:
            raise ConfigError("A mark needs the query that it belongs to.", "Give its words.")
        if mark is None:
            rows = [(words, content) for content in contents]
            self._db.write("DELETE FROM marks WHERE query = ? AND content = ?", *rows)
            return
        made = now()
        rows_made = [(words, content, mark, made) for content in contents]
        self._db.write("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)", *rows_made)

    def of(self, query: str) -> dict[str, Fits]:
        """Content → mark, of one query."""
        asked = "SELECT content, mark FROM marks WHERE query = ?"
        return dict(self._db.query(asked, spelled(query)))

    def all(self) -> list[Mark]:
        """Every mark, the oldest first."""
        asked = "SELECT query, content, mark, since FROM marks ORDER BY since, query, content"
        return [Mark(*row) for row in self._db.query(asked)]


def spelled(query: str) -> str:
    """A query as marks know it: its words, whatever is between them."""
    return " ".join(plain(query).split())
