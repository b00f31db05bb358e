"""Captions that a model wrote, kept by the content of the photo.

They are costly and rows come and go, so they are kept in `library.db` too: a row that is made
anew, by another encoder or under another path, gets its caption back. A caption that a person
wrote is never replaced. Refuses to know how a caption is made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from vladva.indexes.caption_source import MACHINE
from vladva.indexes.database import Database, plain
from vladva.indexes.library import Library, now
from vladva.indexes.store import Row

_AT_ONCE = 500
_ASKED = "SELECT content, caption, source FROM machine_captions WHERE content IN ({})"


class MachineCaptions:
    """The kept captions of one library. Threads may share it."""

    def __init__(self, library: Library) -> None:
        self._db = Database(library)

    def keep(self, captions: Mapping[str, str], model: str) -> None:
        """Keep captions, content → text, that a model wrote."""
        made, source = now(), MACHINE + model
        rows = [(content, plain(text), source, made) for content, text in captions.items()]
        self._db.write("INSERT OR REPLACE INTO machine_captions VALUES (?, ?, ?, ?)", *rows)

    def of(self, contents: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Content → (caption, source), of those that have one."""
        found: dict[str, tuple[str, str]] = {}
        for part in _parts(contents):
            marks = ",".join("?" * len(part))
            found |= {
                content: (caption, source)
                for content, caption, source in self._db.query(_ASKED.format(marks), *part)
            }
        return found

    def filled(self, rows: Sequence[Row]) -> list[Row]:
        """The rows, those without a caption with the kept one where there is one."""
        said = self.of({row.content for row in rows if not row.caption})
        return [
            replace(row, caption=said[row.content][0], caption_source=said[row.content][1])
            if not row.caption and row.content in said
            else row
            for row in rows
        ]


def _parts(contents: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(contents)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
