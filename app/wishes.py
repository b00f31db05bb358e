"""Folders that somebody wants indexed: by this page's own run, or by whoever holds the library.

Refuses to know how a run works, and what became of it otherwise.
"""

import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from vladva.app.report import Report
from vladva.errors import VladvaError
from vladva.indexes.events import Summary
from vladva.indexes.handover import Gone, index_elsewhere
from vladva.indexes.library import Library

LOCK_S = 0.05
"""Between two looks whether this page's own run has its library."""


class Wishes:
    """The wishes of one page. `gate` guards them and the reports that they are told in."""

    def __init__(self, library: Library, gate: threading.Lock) -> None:
        self._library = library
        self._gate = gate
        self._open: set[Path] = set()
        self._left: set[Path] = set()  # those that no other program was asked for

    def begin(self, folders: Iterable[Path]) -> None:
        """These, and none from before."""
        self._open = set(folders)
        self._left = set(self._open)

    def add(self, folders: Collection[Path]) -> bool:
        """These too; False, and no change, where one of them waits already."""
        if not self._open.isdisjoint(folders):
            return False
        self._open.update(folders)
        return True

    def besides(self, known: Iterable[Path]) -> list[Path]:
        """Those that are no root of the library yet."""
        return sorted(self._open.difference(known))

    def met(self, folders: Iterable[Path]) -> None:
        """These are indexed."""
        self._open.difference_update(folders)

    def hand_over(self, stop: threading.Event, report: Report) -> None:
        """Ask whoever holds the library for what nobody was asked for."""
        wanted, self._left = sorted(self._left), set()
        if wanted:
            report.asked += 1
            self.ask(wanted, stop, report)

    def ask(self, folders: list[Path], stop: threading.Event, report: Report) -> None:
        """A request, and its end; on the way only another program's run is news."""
        left = False
        while report.stage == "indexing" and not (stop.is_set() or self._library.locked()):
            stop.wait(LOCK_S)  # this page's own run begins, and will hold it in a moment
        try:
            for event in index_elsewhere(self._library, folders, stop=stop):
                if report.stage == "elsewhere" or isinstance(event, Summary):
                    report.take(event)
        except Gone:
            left = not stop.is_set()
            if left:  # this page does it, when its turn comes
                report.note("The other program ended; this page goes on.", "")
        except VladvaError as error:
            report.note(error.message, error.hint)
        finally:
            with self._gate:
                if left:
                    self._left.update(folders)
                else:
                    self._open.difference_update(folders)
                report.asked -= 1
