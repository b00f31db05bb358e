"""Trees watched by watchdog, as the systems beside Linux have it: one watch a tree.

Refuses to know what is done about a mark.
"""

# ruff: noqa: PTH120 - strings, as in `scan`

import os

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer, api

from vladva.indexes.paths import inside
from vladva.indexes.watching.marks import Marks
from vladva.indexes.watching.tree import Tree

_READING = frozenset({"opened", "closed_no_write"})


class Observed:
    """Marks folders of trees in which something happens."""

    def __init__(self, marks: Marks) -> None:
        self._handler = _Marking(marks)
        self._watches: dict[str, api.ObservedWatch] = {}
        self._observer = Observer()
        self._observer.start()

    @property
    def watches(self) -> int:
        """Trees that are watched."""
        return len(self._watches)

    def add(self, tree: Tree, folder: str) -> None:
        """Watch a tree; a folder below its root is watched already. Raises `OSError`."""
        if folder == tree.root and folder not in self._watches:
            self._watches[folder] = self._observer.schedule(self._handler, folder, recursive=True)

    def drop(self, folder: str) -> None:
        """Watch the trees in a folder no more."""
        for root in [root for root in self._watches if inside(root, folder)]:
            self._observer.unschedule(self._watches.pop(root))

    def close(self) -> None:
        """Give all watches back."""
        self._observer.stop()
        self._observer.join()


class _Marking(FileSystemEventHandler):
    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _READING:
            return
        for path in filter(None, map(os.fsdecode, (event.src_path, event.dest_path))):
            if event.is_directory and event.event_type != "modified":
                self._marks.add(path, deep=True)
            elif not event.is_directory:
                self._marks.add(os.path.dirname(path))
