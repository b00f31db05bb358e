"""The folders of one root that a walk would enter: what is worth watching, and what is not.

Refuses to know files; the rules are those of `scan`.
"""

# ruff: noqa: PTH112, PTH118 - strings, as in `scan`

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from vladva.indexes.exclude import Exclude
from vladva.indexes.home import MARKER
from vladva.indexes.paths import inside, inside_any, openable
from vladva.indexes.scan import CACHES


class Tree(NamedTuple):
    """A root, what of it is not wanted, and the roots that links do not lead into."""

    root: str
    exclude: Exclude
    avoid: Collection[str] = ()

    def folders(self, folder: str) -> Iterator[str]:
        """`folder` and every folder below it, each once; what cannot be listed ends there.

        In the order of `scan.walk`: of two links to one folder, both take the same.
        A folder is yielded before it is listed: what appears in between is seen by one of both.
        """
        if not self.wants(folder):
            return
        taken = {self.root, *self.avoid}
        met: set[tuple[int, int]] = set()
        waiting, links = [folder], list[str]()
        while waiting or links:
            place = waiting.pop() if waiting else links.pop(0)
            if not _first(place, met):
                continue
            yield place
            below: list[str] = []
            for name, is_link in _below(place):
                path = os.path.join(place, name)
                if self.exclude.matches(path):
                    continue
                if not is_link:
                    below.append(path)
                elif os.path.isdir(path) and not inside_any(os.path.realpath(path), taken):
                    links.append(path)
            waiting.extend(reversed(below))

    def wants(self, folder: str) -> bool:
        """Whether a walk of the root could get to `folder`, as far as names tell."""
        if not inside(folder, self.root):
            return False
        names = Path(folder).relative_to(self.root).parts
        passed_over = any(name.startswith(".") or name.lower() in CACHES for name in names)
        return not passed_over and not self.exclude.covers(folder)


def _first(place: str, met: set[tuple[int, int]]) -> bool:
    try:
        facts = os.stat(openable(place))  # noqa: PTH116
    except OSError:
        return False
    key = (facts.st_dev, facts.st_ino)
    known = key in met and facts.st_ino != 0
    met.add(key)
    return not known


def _below(place: str) -> list[tuple[str, bool]]:
    """(name, whether it is a link) of the folders, and of the links, in a folder."""
    try:
        with os.scandir(openable(place)) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return []
    if any(entry.name == MARKER for entry in entries):
        return []
    return [
        (entry.name, entry.is_symlink())
        for entry in entries
        if not entry.name.startswith(".") and (entry.is_symlink() or _is_folder(entry))
    ]


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    return entry.name.lower() not in CACHES and entry.is_dir(follow_symlinks=False)
