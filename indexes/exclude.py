"""Which paths below a root are not wanted: `--exclude GLOB`.

A glob without a slash matches a name at any depth (`*.png`, `Screenshots`), one with a slash the
path from the root (`2019/raw/*`); `*` also crosses slashes, case does not count, and whatever
lies below a match is excluded too. Refuses to know what a file holds.
"""

# A walk makes paths by the hundred thousand, and plain strings are cheap.
# ruff: noqa: PTH119, PTH120

import fnmatch
import os
import re
from collections.abc import Iterable, Sequence


class Exclude:
    """The exclude globs of one root. No globs exclude nothing."""

    def __init__(self, globs: Sequence[str], root: str) -> None:
        self._start = len(root) if root.endswith(os.sep) else len(root) + 1
        tidy = [glob.replace("\\", "/").strip("/") for glob in globs]
        self._names = _any_of(glob for glob in tidy if glob and "/" not in glob)
        self._paths = _any_of(glob for glob in tidy if "/" in glob)

    def matches(self, path: str) -> bool:
        """Whether a glob names this very path; for a walk, which never goes below a match."""
        if self._names is not None and self._names.match(os.path.basename(path)):
            return True
        if self._paths is None:
            return False
        return self._paths.match(path[self._start :].replace(os.sep, "/")) is not None

    def covers(self, path: str) -> bool:
        """Whether a glob names this path or a folder above it."""
        if self._names is None and self._paths is None:
            return False
        while len(path) > self._start:
            if self.matches(path):
                return True
            path = os.path.dirname(path)
        return False


def _any_of(globs: Iterable[str]) -> re.Pattern[str] | None:
    parts = [fnmatch.translate(glob) for glob in globs]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
