"""Searches that a person wants to run again, by name.

They lie in `library.db`, and each can be read as a query. Refuses to know how a search is run.
"""

import difflib
import unicodedata
from dataclasses import dataclass
from typing import Literal

from vladva.errors import ConfigError
from vladva.indexes.database import Database, plain
from vladva.indexes.library import Library, now
from vladva.indexes.query.parse import parse

Sort = Literal["relevance", "date"]
LONGEST = 80
"""Characters of a name."""
_FIELDS = "name, query, most, sort, created"


class NameTaken(ConfigError):
    """A search of that name is there already."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A search and its name."""

    name: str
    query: str
    limit: int
    sort: Sort
    created: str
    """ISO 8601, UTC."""


class SavedSearches:
    """The saved searches of one library. A name is trimmed, and the same in any case."""

    def __init__(self, library: Library) -> None:
        self._db = Database(library)

    def all(self) -> list[Saved]:
        """By name."""
        rows = self._db.query(f"SELECT {_FIELDS} FROM saved_searches")  # noqa: S608 - our own
        return sorted((Saved(*row) for row in rows), key=lambda one: _folded(one.name))

    def find(self, name: str) -> Saved:
        """Raises `ConfigError`, with the nearest name there is."""
        found = self._found(_checked(name))
        if found is None:
            raise self._unknown(name)
        return found

    def save(
        self,
        name: str,
        query: str,
        *,
        limit: int = 20,
        sort: Sort = "relevance",
        replace: bool = False,
    ) -> Saved:
        """Keep a search → as it was kept.

        Raises `ConfigError` on a name that is none and on a query without a word, `QueryError` on
        a query that cannot be read, and `NameTaken` where there is one of that name, unless it is
        to be replaced.
        """
        made = Saved(_checked(name), plain(query).strip(), limit, sort, now())
        if not made.query:
            raise ConfigError("A search without a word cannot be saved.", "Give a query.")
        parse(made.query)
        before = self._found(made.name)
        if before is not None and not replace:
            raise _taken(before)
        into = "INSERT OR REPLACE INTO saved_searches VALUES (?, ?, ?, ?, ?, ?)"
        row = (made.name, made.query, made.limit, made.sort, made.created)
        self._db.write(into, (_folded(made.name), *row))
        return made

    def rename(self, name: str, new: str) -> Saved:
        """Give a search another name → as it is now.

        Raises `ConfigError` where there is none of that name, or the new one is none, and
        `NameTaken` where another search has it.
        """
        old, wanted = self.find(name), _checked(new)
        other = self._found(wanted)
        if other is not None and other != old:
            raise _taken(other)
        change = "UPDATE saved_searches SET folded = ?, name = ? WHERE folded = ?"
        self._db.write(change, (_folded(wanted), wanted, _folded(old.name)))
        return self.find(wanted)

    def remove(self, name: str) -> Saved:
        """Forget a search → what it was. Raises `ConfigError` where there is none of that name."""
        found = self.find(name)
        self._db.write("DELETE FROM saved_searches WHERE folded = ?", (_folded(name),))
        return found

    def _found(self, name: str) -> Saved | None:
        asked = f"SELECT {_FIELDS} FROM saved_searches WHERE folded = ?"  # noqa: S608
        return next((Saved(*row) for row in self._db.query(asked, _folded(name))), None)

    def _unknown(self, name: str) -> ConfigError:
        names = [one.name for one in self.all()]
        folded = {_folded(one): one for one in names}
        near = difflib.get_close_matches(_folded(name), folded, 1)
        hint = f"Did you mean {folded[near[0]]!r}?" if near else "`vladva saved` lists them."
        if not names:
            hint = "None is saved yet: `vladva saved save NAME QUERY`."
        return ConfigError(f"No saved search is called {name.strip()!r}.", hint)


def _checked(name: str) -> str:
    """A name as it is kept. Raises `ConfigError`."""
    trimmed = " ".join(plain(name).split())
    if not trimmed or not trimmed.isprintable():
        raise ConfigError(f"{name!r} is no name for a search.", "Use letters, digits, spaces.")
    if len(trimmed) > LONGEST:
        raise ConfigError(
            f"A name of {len(trimmed)} characters is too long.", f"Use at most {LONGEST}."
        )
    return trimmed


def _folded(name: str) -> str:
    """What is equal for names that differ in case, spaces, or in how an accent is put together."""
    return unicodedata.normalize("NFC", " ".join(plain(name).split()).casefold())


def _taken(one: Saved) -> NameTaken:
    return NameTaken(
        f"There is a saved search {one.name!r} already: {one.query}",
        "Choose another name, or replace it.",
    )
