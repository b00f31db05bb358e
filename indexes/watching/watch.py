"""Which roots the system watches for us, and which have to be looked through from time to time.

    marks = Marks()
    watcher = Watcher(marks)
    notices = watcher.add(tree)

Refuses to know what a mark leads to.
"""

import errno
import sys
from collections.abc import Callable, Iterable
from typing import Protocol

from vladva.indexes.events import Notice
from vladva.indexes.watching.marks import Marks
from vladva.indexes.watching.mounts import network_type
from vladva.indexes.watching.tree import Tree

_SYSCTL = {
    errno.ENOSPC: ("fs.inotify.max_user_watches", "folders that are watched", 1_048_576),
    errno.EMFILE: ("fs.inotify.max_user_instances", "programs that watch", 1_024),
}


class Backend(Protocol):
    """What watches trees for a `Marks`; its constructor and `add` raise `OSError`."""

    def add(self, tree: Tree, folder: str) -> None:
        """Watch `folder` of a tree, and what is below it."""
        ...

    def drop(self, folder: str) -> None:
        """Watch a folder, and what is below it, no more."""
        ...

    def close(self) -> None:
        """Give all watches back."""
        ...


def system_backend(marks: Marks) -> Backend:
    """What this system has. Raises `OSError` where it has no more of it."""
    if sys.platform == "linux":
        from vladva.indexes.watching.inotify import Inotify

        return Inotify(marks)
    from vladva.indexes.watching.observed import Observed

    return Observed(marks)


class Watcher:
    """Watches roots. `polled` are those that it cannot watch: look through them now and then."""

    def __init__(self, marks: Marks, backend: Callable[[Marks], Backend] | None = None) -> None:
        self._marks = marks
        self._make = backend or system_backend
        self._backend: Backend | None = None
        self._trees: dict[str, Tree] = {}
        self._told: set[str] = set()
        self.polled: set[str] = set()

    @property
    def roots(self) -> frozenset[str]:
        """The roots that were added, watched or polled."""
        return frozenset(self._trees)

    def wants(self, folder: str, root: str) -> bool:
        """Whether a marked folder of a root is of interest."""
        return root in self._trees and self._trees[root].wants(folder)

    def add(self, tree: Tree) -> list[Notice]:
        """Watch a root from now on → what the user should know, each thing once."""
        self.drop(tree.root)
        self._trees[tree.root] = tree
        network = network_type(tree.root)
        if network is None:
            return self.follow(tree.root, (tree.root,))
        self.polled.add(tree.root)
        return self._once(
            f"{tree.root} is on a network ({network}), which tells of no changes: "
            "it is looked through every few minutes instead of watched.",
            "",
        )

    def follow(self, root: str, folders: Iterable[str]) -> list[Notice]:
        """Watch folders of a root afresh: they came, went or were moved."""
        if root in self.polled or root not in self._trees:
            return []
        try:
            if self._backend is None:
                self._backend = self._make(self._marks)
            for folder in folders:  # all of them before any is added: one may be another's past
                self._backend.drop(folder)
            for folder in folders:
                self._backend.add(self._trees[root], folder)
        except OSError as error:
            return self._poll(root, error)
        return []

    def drop(self, root: str) -> None:
        """Watch a root no more."""
        self.polled.discard(root)
        if self._trees.pop(root, None) and self._backend is not None:
            self._backend.drop(root)

    def close(self) -> None:
        """Watch nothing any more."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def _poll(self, root: str, error: OSError) -> list[Notice]:
        """The system does not watch it: no part of it then, which would only look like more."""
        if self._backend is not None:
            self._backend.drop(root)
        self.polled.add(root)
        if error.errno not in _SYSCTL or sys.platform != "linux":
            reason = (error.strerror or type(error).__name__).lower()
            return self._once(f"{root} cannot be watched ({reason}): it is looked through.", "")
        name, what, value = _SYSCTL[error.errno]
        return self._once(
            f"The system's limit on {what} ({name}) is reached: what cannot be watched is looked "
            "through every few minutes instead.",
            f"`sudo sysctl {name}={value}` raises it until the next start of the system.",
        )

    def _once(self, text: str, hint: str) -> list[Notice]:
        if text in self._told:
            return []
        self._told.add(text)
        return [Notice(text, hint)]
