"""What a decoded file is to the index: a new picture, one it knows, a copy, or one that moved.

Pure bookkeeping by content hash. Refuses to know how vectors are made and where they are kept.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from vladva.indexes.catalog import Plan
from vladva.indexes.decode import Decoded
from vladva.indexes.events import Copied, Event, Indexed, Moved
from vladva.indexes.facts.metadata import FACTS_VERSION, Metadata
from vladva.indexes.store import Row
from vladva.protocols import Prepared

_FACTS = [field.name for field in fields(Metadata)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row on its way into the table, and what may be told once it is there.

    Either `prepared` is to be encoded, or the vector of the row `source` is taken. The row
    `drop` goes when this one comes.
    """

    row: Row
    event: Event
    prepared: Prepared | None = None
    source: str | None = None
    drop: str | None = None


class Intake:
    """Knows which contents have a vector, in the table or on its way there."""

    def __init__(
        self, contents: Mapping[str, str], plan: Plan, photo_id: Callable[[str], str]
    ) -> None:
        """`contents`: path → content hash of every row in the table."""
        self._id = photo_id
        gone = {stamp.path for stamp in plan.gone}
        changed = {stamp.path for stamp in plan.changed}
        self._before = {path: contents[path] for path in changed if path in contents}
        self._gone: dict[str, list[str]] = defaultdict(list)
        self._alive: dict[str, str] = {}
        for path in sorted(contents, reverse=True):  # so that the smallest path wins below
            if path in gone:
                self._gone[contents[path]].append(path)
            elif path not in changed:
                self._alive[contents[path]] = path
        self.left: set[str] = set()
        """Paths of `plan.gone` whose picture turned up elsewhere."""

    def entry(self, decoded: Decoded, now: str) -> Entry:
        """The row of a decoded file, and where its vector comes from."""
        row = self._row(decoded, now)
        path, content = row.path, row.content
        if self._before.get(path) == content:  # touched, not changed
            self._alive.setdefault(content, path)
            return Entry(row, Indexed(path), source=row.id)
        if self._gone.get(content):
            old = self._gone[content].pop()
            self.left.add(old)
            self._alive.setdefault(content, path)
            return Entry(row, Moved(path, old), source=self._id(old), drop=self._id(old))
        if content in self._alive:
            first = self._alive[content]
            return Entry(row, Copied(path, first), source=self._id(first))
        self._alive[content] = path
        return Entry(row, Indexed(path), prepared=decoded.prepared)

    def refused(self, entry: Entry) -> None:
        """The encoder did not take it: nothing can be a copy of it."""
        self._alive.pop(entry.row.content, None)

    def _row(self, decoded: Decoded, now: str) -> Row:
        stamp = decoded.stamp
        return Row(
            id=self._id(stamp.path),
            content=decoded.content,
            phash=decoded.phash,
            facts_version=FACTS_VERSION,
            indexed_at=now,
            **stamp._asdict(),
            **{name: getattr(decoded.metadata, name) for name in _FACTS},
        )
