"""What a person says of photos under a query: right or wrong; set, taken back, and listed.

Photos are named by their files or by the ids of hits; what is kept belongs to their content
(`indexes.marks`). Refuses to know HTTP and the command line.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.marks import Fits, Marks
from vladva.indexes.paths import spellings

Said = Literal["right", "wrong"]
KEPT: dict[Said, Fits] = {"right": "accept", "wrong": "reject"}
SAID: dict[Fits, Said] = {kept: said for said, kept in KEPT.items()}


@dataclass(frozen=True)
class Marked:
    """One mark, and where its photo lies."""

    query: str
    said: Said
    paths: tuple[str, ...]
    """Files of that content, sorted; none where the photo has left the library."""
    since: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class Done:
    """What marking files came to."""

    marked: tuple[str, ...]
    unknown: tuple[str, ...]
    """Files that the library does not have."""


def mark_files(library: Library, query: str, files: Sequence[Path], said: Said | None) -> Done:
    """Mark files of the library under a query; None takes their marks back.

    Raises `ConfigError` for a query without a word.
    """
    known = _contents(library)
    roots = [root.path for root in library.roots()]
    mine = {
        str(file): known[path] for file in files for path in spellings(file, roots) if path in known
    }
    _keep(library, query, mine.values(), said)
    return Done(tuple(mine), tuple(str(file) for file in files if str(file) not in mine))


def forget_query(library: Library, query: str) -> int:
    """Take back every mark of a query → how many there were."""
    marks = Marks(library)
    found = marks.of(query)
    marks.mark(query, found, None)
    return len(found)


def mark_content(library: Library, query: str, content: str, said: Said | None) -> None:
    """The same for one photo by its content."""
    _keep(library, query, [content], said)


def said_of(library: Library, query: str, content: str) -> Said | None:
    """What was said of a photo's content under a query; None: nothing."""
    found = Marks(library).of(query).get(content)
    return None if found is None else SAID[found]


def marked(library: Library) -> list[Marked]:
    """Every mark, the oldest first."""
    kept = Marks(library).all()
    paths: dict[str, list[str]] = defaultdict(list)
    for path, content in _contents(library).items() if kept else ():
        paths[content].append(path)
    return [
        Marked(one.query, SAID[one.mark], tuple(sorted(paths[one.content])), one.since)
        for one in kept
    ]


def _keep(library: Library, query: str, contents: Iterable[str], said: Said | None) -> None:
    Marks(library).mark(query, contents, None if said is None else KEPT[said])


def _contents(library: Library) -> dict[str, str]:
    """Path → content, of every photo by the encoder in use; none where nothing is indexed."""
    active = library.active()
    if active is None:
        return {}
    return LanceStore(library.folder, active.fingerprint, active.dim).contents()
