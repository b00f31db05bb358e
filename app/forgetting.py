"""Dropping a folder from the library, by this process or by the one that holds the library.

Refuses to know who wants it.
"""

from collections.abc import Callable
from pathlib import Path

from vladva.app.report import Report
from vladva.errors import VladvaError
from vladva.indexes.events import Notice
from vladva.indexes.forget import forget as drop
from vladva.indexes.handover import Gone, forget_elsewhere
from vladva.indexes.library import Library
from vladva.indexes.writer import Busy


def forget(library: Library, folder: Path, tell: Callable[[Notice], object] | None = None) -> int:
    """Drop a folder → photos dropped; no photo on the disk is touched.

    `tell` hears what has to be waited for. Raises `ConfigError` for what is no folder of the
    library.
    """
    try:
        return drop(library, folder)
    except Busy:
        try:
            return forget_elsewhere(library, folder, tell)
        except Gone:
            return drop(library, folder)


def forget_aloud(library: Library, folder: Path, report: Report) -> None:
    """Drop a folder; what came of it, an error too, goes into the report."""
    try:
        dropped = forget(library, folder, lambda one: report.note(one.text, one.hint))
    except VladvaError as error:
        report.note(error.message, error.hint)
    else:
        text = f"{folder} is forgotten: {dropped:,} photos fewer. No file was touched."
        report.note(text, "")
