"""From marks to scopes, and from what a look saw to what may be acted upon.

Refuses to know who marks, and who acts.
"""

# ruff: noqa: PTH120 - strings, as in `scan`

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from vladva.indexes.catalog import FileStamp
from vladva.indexes.library import Root
from vladva.indexes.paths import inside
from vladva.indexes.scopes import Scope
from vladva.indexes.survey import Survey
from vladva.indexes.watching.marks import Marks
from vladva.indexes.watching.rest import FilesAtRest, LossesAtRest


def marked_scopes(
    folders: Mapping[str, bool], roots: Sequence[Root], wanted: Callable[[str, str], bool]
) -> list[Scope]:
    """The marked folders as parts of roots, none of them within another that is deep.

    `wanted(folder, root)` says whether a walk would get there.
    """
    scopes: list[Scope] = []
    deep: set[str] = set()
    for folder in sorted(folders, key=len):
        root = next((root for root in roots if inside(folder, root.path)), None)
        if root is None or not wanted(folder, root.path) or _below(folder, deep):
            continue
        if folders[folder]:
            deep.add(folder)
        scopes.append(Scope(folder, root, folders[folder]))
    return scopes


def _below(folder: str, deep: set[str]) -> bool:
    above = os.path.dirname(folder)
    while above != folder:
        if above in deep:
            return True
        folder, above = above, os.path.dirname(above)
    return False


class Settling:
    """Holds back what is not at rest, and marks its folders for another look."""

    def __init__(self, seconds: float, marks: Marks) -> None:
        self._files = FilesAtRest(seconds)
        self._losses = LossesAtRest(seconds)
        self._marks = marks

    def sift(self, found: Survey) -> Survey:
        """The survey without what may still change. Moves need no rest: nothing is read.

        Roots of which something may be gone are not `online` in it: they are not judged yet.
        """
        plan = found.plan
        ready, waiting = self._files.sort((*plan.added, *plan.changed))
        gone, missing, online = self._final(found)
        for stamp in (*waiting, *missing):
            self._marks.add(os.path.dirname(stamp.path))
        at_rest = {stamp.path for stamp in ready}
        plan = plan._replace(
            added=tuple(stamp for stamp in plan.added if stamp.path in at_rest),
            changed=tuple(stamp for stamp in plan.changed if stamp.path in at_rest),
            gone=tuple(gone),
        )
        return replace(found, plan=plan, online=online)

    def _final(self, found: Survey) -> tuple[list[FileStamp], list[FileStamp], tuple[Scope, ...]]:
        """What is gone for good, what may come back or be followed by more, and whole roots."""
        gone = [stamp for stamp in found.plan.gone if stamp.path in found.unwanted]
        missing: list[FileStamp] = []
        online: list[Scope] = []
        for scope in found.online:
            lost = [
                stamp
                for stamp in found.plan.gone
                if stamp.path not in found.unwanted and inside(stamp.path, scope.folder)
            ]
            paths = frozenset(stamp.path for stamp in lost)
            rests = self._losses.rests(scope.folder, paths)
            (gone if rests else missing).extend(lost)
            online += [scope] * rests
        return gone, missing, tuple(online)
