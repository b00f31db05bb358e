"""Folders in which something happened: what a watcher leaves for the run, and nothing more.

Bounded: where too much happened to be told apart, one flag says "look everywhere". Refuses to
know what happened, and to which file.
"""

import threading
from typing import NamedTuple

MOST = 4096


class Marked(NamedTuple):
    """Folders to look at (True: and at all below it), or `everywhere`."""

    folders: dict[str, bool]
    everywhere: bool

    def __bool__(self) -> bool:
        return bool(self.folders) or self.everywhere


class Marks:
    """Folders to look at. Threads may share it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._mutex = threading.Lock()
        self._folders: dict[str, bool] = {}
        self._everywhere = False

    def add(self, folder: str, *, deep: bool = False) -> None:
        """Look at a folder; `deep`: and at everything below it."""
        with self._mutex:
            if not self._everywhere:
                self._folders[folder] = deep or self._folders.get(folder, False)
                if len(self._folders) > self._most:
                    self._overflow()

    def everywhere(self) -> None:
        """Something was missed: nobody knows where."""
        with self._mutex:
            self._overflow()

    def take(self) -> Marked:
        """All marks since the last call."""
        with self._mutex:
            marked = Marked(self._folders, self._everywhere)
            self._folders, self._everywhere = {}, False
        return marked

    def __bool__(self) -> bool:
        return self._everywhere or bool(self._folders)

    def _overflow(self) -> None:
        self._everywhere = True
        self._folders = {}
