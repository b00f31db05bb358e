"""The page keeps its library as the folders are: it indexes them and watches them.

Where another program holds the library, what is wanted is handed to that program, and the page
takes over when it is gone. Every method that is work runs in a thread of its own until it is told
to stop. Refuses to know the page, and how a run works.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from vladva.app import beside
from vladva.app.background import Work
from vladva.app.rates import Rates
from vladva.app.report import Report
from vladva.app.session import Session
from vladva.app.sources import Source
from vladva.app.wishes import Wishes
from vladva.errors import VladvaError
from vladva.indexes.events import Event, Progress, Summary, Watching
from vladva.indexes.switch import start_over
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy, holder
from vladva.protocols import Encoder

TURN_S = 1.0
"""Between two looks whether the program that holds the library has let go."""

Run = Callable[[Encoder, Sequence[Path], threading.Event], Generator[Event, None, None]]
"""(encoder, folders, stop) → the events of a run, which goes on watching until `stop`."""


class Keeping:
    """The work of one page: `work`, `watch`, `both` and `change` are what a thread can be given."""

    def __init__(self, session: Session, run: Run, throttle: Throttle, wishes: Wishes) -> None:
        self._session = session
        self._run = run
        self._throttle = throttle
        self._wishes = wishes
        self._rates = Rates(session.library)

    def work(self, model: str | None = None) -> Work:
        """Index and watch, as `watch` does; with a demo's baseline where it has not seen all."""
        return partial(self.both if self._session.beside.due() else self.watch, model=model)

    def both(self, stop: threading.Event, report: Report, model: str | None = None) -> None:
        """Index and watch a demo; in between its baseline sees it too."""
        self.watch(stop, report, model, once=True)
        self._compare(stop, report)
        self.watch(stop, report, model)

    def _compare(self, stop: threading.Event, report: Report) -> None:
        """Let the demo's baseline index it too; photos are found meanwhile."""
        if stop.is_set():
            return
        before, ours = report.folder, f"{report.folder}, as {beside.BASELINE} sees it"
        report.load()
        try:
            for event in self._session.beside.index(stop, self._throttle):
                report.stage, report.folder = "indexing", ours
                if not isinstance(event, Summary):  # what is told in the end is the model's own
                    report.take(event)
        except VladvaError as error:
            report.note(error.message, error.hint)
        if report.folder == ours:
            report.folder = before

    def change(self, stop: threading.Event, report: Report, source: Source) -> None:
        """Fill another encoder's table, and watch on; where it does not load, with the old one."""
        if not self._fill(stop, report, source):
            self.watch(stop, report)

    def _fill(self, stop: threading.Event, report: Report, source: Source) -> bool:
        """The run of a change → whether there was one. Its encoder stays only where it is used."""
        active = self._session.library.active()
        try:
            try:
                encoder = self._session.next(source)
            except VladvaError as error:
                report.changing = ""
                report.note(error.message, error.hint)
                return False
            if active is not None and encoder.fingerprint == active.fingerprint:
                report.changing = ""
            return not stop.is_set() and self._run_all(stop, report, encoder)
        finally:
            self._session.let_go()

    def watch(
        self, stop: threading.Event, report: Report, model: str | None = None, *, once: bool = False
    ) -> None:
        """Index and watch until told to stop. `model`: of a library that no photo is in.

        `once`: let go of the library when everything is indexed.
        """
        while not stop.is_set():
            report.load()
            first = model if model and start_over(self._session.library) else None
            if self._run_all(stop, report, self._session.encoder(first), once=once):
                return

    def _run_all(
        self, stop: threading.Event, report: Report, encoder: Encoder, *, once: bool = False
    ) -> bool:
        """One run over everything that is known and wanted; False where another had the lock."""
        report.stage = "indexing"
        known = [Path(root.path) for root in self._session.library.roots()]
        wanted = self._wishes.besides(known)
        try:
            with closing(self._run(encoder, [*known, *wanted], stop)) as events:
                for event in events:
                    report.take(event)
                    if isinstance(event, Watching):
                        self._wishes.met([*known, *wanted])
                        self._changed(report)
                        if once:
                            break
                    elif isinstance(event, Progress) and self._throttle.share >= 1:
                        self._rates.heard(encoder, event)
        except Busy:
            self._leave_to_holder(stop, report)
            return False
        return True

    def _changed(self, report: Report) -> None:
        """The first pass is over: what it was for is in use now."""
        if report.changing:
            report.note(f"{report.changing} answers now.", "")
            report.changing = ""
            self._session.warm()

    def _leave_to_holder(self, stop: threading.Event, report: Report) -> None:
        """Hand over what is wanted, then wait until the library is free."""
        held = holder(self._session.library.folder)
        who = f"Another program (process {held.pid})" if held else "Another program"
        report.elsewhere(f"{who} has this library.")
        self._wishes.hand_over(stop, report)
        while not stop.is_set() and self._session.library.locked():
            stop.wait(TURN_S)
