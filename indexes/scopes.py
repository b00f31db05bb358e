"""Which folders a run looks at: the ones it was given, as parts of registered roots.

Refuses to know what lies in them.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from vladva.errors import ConfigError, VladvaError
from vladva.indexes.library import Library, Root
from vladva.indexes.paths import inside, normalise, openable, overlap


class Scope(NamedTuple):
    """A folder to look through, and the root it is or lies in."""

    folder: str
    root: Root
    deep: bool = True
    """Whether the folders below it are looked through as well."""


class Cover:
    """Whether a path lies in one of many scopes; quick for paths that share folders."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self._scopes = {scope.folder: scope.deep for scope in scopes}
        self._met: dict[str, bool] = {}

    def __call__(self, path: str) -> bool:
        """`path` is that of a file."""
        folder = path.rpartition(os.sep)[0]
        hit = self._met.get(folder)
        if hit is None:
            hit = self._met[folder] = self._holds(os.path.dirname(path))  # noqa: PTH120
        return hit

    def _holds(self, folder: str) -> bool:
        if folder in self._scopes:
            return True
        above = os.path.dirname(folder)  # noqa: PTH120
        while above != folder:
            if self._scopes.get(above, False):
                return True
            folder, above = above, os.path.dirname(above)  # noqa: PTH120
        return False


def check_apart(library_folder: Path, folders: Sequence[str | os.PathLike[str]]) -> None:
    """Raise `ConfigError` where library and photos would lie inside each other.

    Asks paths alone, so that nothing is written into a photo folder to find out.
    """
    place = normalise(library_folder)
    for folder in map(normalise, folders):
        if overlap(place, folder):
            raise ConfigError(
                f"The library {place} and the photo folder {folder} overlap.",
                "Keep the library elsewhere (--library), or name a folder beside it.",
            )


def check_folders(library: Library, folders: Sequence[str | os.PathLike[str]]) -> None:
    """Raise one `ConfigError` for everything that is wrong with the folders of a run.

    A root whose folder is missing is no error: its disk may be away. But a folder around it
    cannot take its place then, which would find its photos gone.
    """
    check_apart(library.folder, folders)
    _check_around(library, folders)
    roots = {root.path for root in library.roots()}
    wrong = []
    for folder in folders:
        path = normalise(folder)
        if path in roots or Path(openable(path)).is_dir():
            continue
        kind = "is not a folder" if Path(openable(path)).exists() else "does not exist"
        wrong.append(f"{os.fspath(folder)} {kind}")
    if not folders:
        wrong.append("no folder was named")
    if wrong:
        raise ConfigError("; ".join(wrong) + ".", "Name folders that hold photos.")


def device(folder: str) -> int:
    """The device that a folder is on, 0 where it cannot be told."""
    try:
        return Path(openable(folder)).stat().st_dev
    except OSError:
        return 0


def _check_around(library: Library, folders: Sequence[str | os.PathLike[str]]) -> None:
    for root in library.roots():
        away = root.state == "offline" or root.dev not in (0, device(root.path))
        around = [f for f in map(normalise, folders) if f != root.path and inside(root.path, f)]
        if away and around:
            raise ConfigError(
                f"{root.path}, which is away, lies in {around[0]}.",
                "Connect its disk and index it by itself first, "
                f"or `vladva forget {root.path}` if it is gone for good.",
            )


def open_scopes(
    library: Library,
    folders: Sequence[str | os.PathLike[str]],
    *,
    exclude: Sequence[str] = (),
    everything: bool = False,
) -> list[Scope]:
    """Register the folders → what to look through, no part of it twice.

    Globs given replace those that a root remembers; an empty glob forgets them. `everything`
    adds all other roots.
    """
    wanted: list[str] = []
    errors: list[VladvaError] = []
    for folder in map(normalise, folders):
        try:
            root = library.add_root(folder)
        except VladvaError as error:
            errors.append(error)
            continue
        if not root.dev:
            library.set_root(root.path, dev=device(root.path))
        wanted.append(folder if inside(folder, root.path) else root.path)
        if exclude:
            library.set_root(root.path, exclude=[glob for glob in exclude if glob])
    if errors:
        raise ConfigError(" ".join(e.message for e in errors), errors[0].hint)
    if everything:
        wanted += [root.path for root in library.roots()]
    outermost: list[str] = []
    for folder in sorted(set(wanted)):
        if not any(inside(folder, other) for other in outermost):
            outermost.append(folder)
    roots = library.roots()
    return [
        Scope(folder, next(root for root in roots if inside(folder, root.path)))
        for folder in outermost
    ]
