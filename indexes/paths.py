"""Paths as the index keeps them: absolute, with the true spelling, safe to store as text.

Refuses to know what lies at a path.
"""

# A walk makes paths by the hundred thousand, and plain strings are cheap.
# ruff: noqa: PTH111

import os
import sys
from collections.abc import Iterable
from pathlib import Path

_ESCAPE = {code: code + 0x100000 for code in range(0xD800, 0xE000)}
_UNESCAPE = {escaped: code for code, escaped in _ESCAPE.items()}
_WINDOWS_LIMIT = 240


def normalise(folder: str | os.PathLike[str]) -> str:
    """Absolute real path of a folder: links resolved, `~` expanded, no separator at the end."""
    return os.path.realpath(os.path.expanduser(os.fspath(folder)))


def spellings(path: str | os.PathLike[str], roots: Iterable[str]) -> list[str]:
    """Paths by which the index may know a file: a walk keeps the links that it meets below a root.

    The real path comes first.
    """
    plain, known = Path(os.path.abspath(path)), set(roots)  # noqa: PTH100 - links stay
    found = [
        os.fspath(Path(normalise(folder), plain.relative_to(folder)))
        for folder in plain.parents
        if normalise(folder) in known
    ]
    return list(dict.fromkeys([os.path.realpath(path), *found]))


def inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it (both as `normalise` or a walk give them)."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def overlap(one: str, other: str) -> bool:
    """Whether one of two folders lies in the other, or they are the same."""
    return inside(one, other) or inside(other, one)


def inside_any(path: str, folders: Iterable[str]) -> bool:
    """Whether `path` is one of `folders` or lies below one."""
    return any(inside(path, folder) for folder in folders)


def to_text(path: str) -> str:
    r"""Path → text that any database takes.

    A file name that is no valid Unicode arrives from the system with lone surrogates. They move
    to private code points that no real name uses, and `from_text` moves them back.

    >>> from_text(to_text("caf\udce9.jpg")) == "caf\udce9.jpg"
    True
    """
    return path if path.isascii() else path.translate(_ESCAPE)


def from_text(text: str) -> str:
    """The path that `to_text` was given."""
    return text if text.isascii() else text.translate(_UNESCAPE)


def openable(path: str) -> str:
    """The spelling under which the system opens a path of any length."""
    if sys.platform == "win32" and len(path) > _WINDOWS_LIMIT and not path.startswith("\\\\"):
        return "\\\\?\\" + path
    return path
