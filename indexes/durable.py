"""Fresh files of a folder → the disk itself, so that a power cut cannot take them back.

Refuses to know what the files are.
"""

import os
from collections.abc import Sequence
from pathlib import Path


class Durable:
    """Remembers which files of some folders have reached the disk; files never change here.

    Nor does a folder in them, once it is there.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._safe: dict[Path, set[str]] = {folder: _names(folder) for folder in folders}

    def sync(self) -> None:
        """Wait until every file that is new since the last call is on the disk."""
        for folder, safe in self._safe.items():
            names = _names(folder)
            for name in names - safe:
                if (folder / name).is_dir():
                    flush_tree(folder / name)
                else:
                    _flush(folder / name, os.O_RDWR)
            if names - safe:
                flush_folders([folder])
            self._safe[folder] = names


def flush_folders(folders: Sequence[Path]) -> None:
    """Wait until the names in these folders are on the disk."""
    for folder in folders:
        _flush(folder, os.O_RDONLY)


def flush_tree(folder: Path) -> None:
    """Wait until a folder and all that is in it are on the disk."""
    for place, _, names in os.walk(folder):
        for name in names:
            _flush(Path(place, name), os.O_RDWR)
        _flush(Path(place), os.O_RDONLY)


def _names(folder: Path) -> set[str]:
    try:
        return {file.name for file in folder.iterdir()}
    except FileNotFoundError:
        return set()


def _flush(path: Path, flags: int) -> None:
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError:  # gone again, or a folder where folders cannot be opened
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
