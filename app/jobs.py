"""The page keeps its library as the folders are: it indexes and watches, in the background.

Where another program holds the library, what is asked of the page is handed to that program, and
the page takes over when it is gone. Refuses to know HTTP and how a run works.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from vladva.app import beside
from vladva.app.background import Background, Work
from vladva.app.forgetting import forget_aloud
from vladva.app.rates import Rates
from vladva.app.report import Report
from vladva.app.session import Session
from vladva.app.sources import Source
from vladva.app.wishes import Wishes
from vladva.errors import LibraryError, VladvaError
from vladva.indexes.events import Event, Progress, Summary, Watching
from vladva.indexes.switch import holds_nothing, start_over
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy, holder
from vladva.protocols import Encoder

TURN_S = 1.0
"""Between two looks whether the program that holds the library has let go."""

ENDING_S = 5.0
"""How long a wish waits for a run that was told to stop."""

Run = Callable[[Encoder, Sequence[Path], threading.Event], Generator[Event, None, None]]
"""(encoder, folders, stop) → the events of a run, which goes on watching until `stop`."""


class Indexing:
    """The run of one page.

    `run` indexes folders and watches them; `draw` draws the photos of the demo and tells (folder,
    done, total). `throttle` is what `run` works under.
    """

    def __init__(
        self,
        session: Session,
        run: Run,
        draw: Callable[[threading.Event], Iterator[tuple[Path, int, int]]],
        throttle: Throttle,
    ) -> None:
        self._background = Background(throttle)
        self._session = session
        self._run = run
        self._draw = draw
        self._throttle = throttle
        self._rates = Rates(session.library)
        self._gate = threading.Lock()
        self._wishes = Wishes(session.library, self._gate)

    @property
    def report(self) -> Report:
        """How the run in progress goes, or how the last one went."""
        return self._background.report

    def open(self) -> None:
        """Load the encoder, then watch the folders of the library, if it has any."""
        self._session.warm()
        library = self._session.library
        if self._session.error is None and library.active() is not None and library.roots():
            self._start("all folders", self._work())

    def index(self, folder: Path, model: str = "") -> None:
        """Add a folder: index it, and watch it from then on.

        `model`: the encoder of a library without a photo. Raises `LibraryError` where it has one.
        """
        if model and not holds_nothing(self._session.library):
            raise LibraryError(
                "This library is searched with another encoder already.",
                "Change it on the page Library, which says first what that takes.",
            )
        self._wish(str(folder), [folder], model or None)

    def refresh(self) -> None:
        """Look through every known folder again."""
        folders = self._folders()
        if folders:
            self._wish("all folders", folders)

    def demo(self) -> None:
        """Draw the demo's photos and index them, in the background. Only into an empty library."""
        if self._folders() or not holds_nothing(self._session.library):
            raise LibraryError(
                "The demo is for an empty library.",
                "Forget its folders first; or `vladva demo` in a terminal has one of its own.",
            )
        if not self._start("the drawn world", self._demo):
            raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")

    def change(self, source: Source) -> None:
        """Have another encoder index everything, and put it to use once it has.

        Until then the one in use answers. What an earlier try has done is not done again.
        Raises `LibraryError` where there is nothing to change, or another program is at work.
        """
        self._own()
        library = self._session.library
        if library.active() is None or not library.roots():
            raise LibraryError("Nothing is indexed yet.", "Add a folder first.")
        if self.report.stage in {"loading", "drawing"} or self.report.asked:
            raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")
        with self._gate:
            work = partial(self._change, source=source)
            self._background.start("all folders", work, source.model)

    def keep(self) -> None:
        """Give up a change: watch on with the encoder in use. What was done is kept for later."""
        self._own()
        if not self.report.changing:
            raise LibraryError("No change is on its way.", "")
        with self._gate:
            self._background.start("all folders", self._keep)

    def forget(self, folder: Path) -> None:
        """Drop a folder from the library, in the background: a run may have to be waited for."""
        with self._gate:
            report = self.report
            report.begin(str(folder))
        args = (folder, report)
        threading.Thread(target=self._forget, args=args, name="forgetting", daemon=True).start()

    def pause(self) -> None:
        """Rest. Raises `LibraryError` where the work is another program's."""
        self._own()
        self._throttle.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._own()
        self._throttle.resume()

    def slow(self, share: float) -> None:
        """Work this part of the time, 0 < share ≤ 1."""
        self._own()
        self._throttle.share = share

    def stop(self) -> None:
        """Ask the run to end, and the watching with it; what is durable stays."""
        self._background.stopping.set()

    def wait(self, seconds: float) -> bool:
        """Until the run has ended, but not longer → whether it has."""
        return self._background.wait(seconds)

    def _own(self) -> None:
        if self.report.stage == "elsewhere":
            raise LibraryError(
                f"{self.report.message} This page cannot hold it back.",
                "Where signals are known: kill -USR1 PID pauses it, kill -USR2 PID resumes it.",
            )

    def _folders(self) -> list[Path]:
        return [Path(root.path) for root in self._session.library.roots()]

    def _wish(self, title: str, folders: list[Path], model: str | None = None) -> None:
        """Begin with these folders, or ask whoever is at it: this page's own run, or another's."""
        if self._background.stopping.is_set():
            self.wait(ENDING_S)
        if self._start(title, self._work(model), folders):
            return
        with self._gate:
            report, stop = self.report, self._background.stopping
            if report.stage in {"loading", "drawing"} or not self._wishes.add(folders):
                raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")
            report.begin(title)
        args = (folders, stop, report)
        threading.Thread(target=self._wishes.ask, args=args, name="asking", daemon=True).start()

    def _start(self, title: str, work: Work, wanted: Sequence[Path] = ()) -> bool:
        with self._gate:
            if self._background.busy:
                return False
            self._wishes.begin(wanted)
            self._background.start(title, work)
            return True

    def _demo(self, stop: threading.Event, report: Report) -> None:
        folder = report.draw(self._draw(stop))
        if folder is not None and not stop.is_set():
            self._wishes.begin([folder])
            work = self._both if beside.is_here() else self._keep
            work(stop, report, "mini")

    def _work(self, model: str | None = None) -> Work:
        """Index and watch, as `_keep` does; with a demo's baseline where it has not seen all."""
        return partial(self._both if self._session.beside.due() else self._keep, model=model)

    def _both(self, stop: threading.Event, report: Report, model: str | None = None) -> None:
        """Index and watch a demo; in between its baseline sees it too."""
        self._keep(stop, report, model, once=True)
        self._compare(stop, report)
        self._keep(stop, report, model)

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

    def _change(self, stop: threading.Event, report: Report, source: Source) -> None:
        """Fill another encoder's table, and watch on; where it does not load, with the old one."""
        if not self._fill(stop, report, source):
            self._keep(stop, report)

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

    def _keep(
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
        known = self._folders()
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

    def _forget(self, folder: Path, report: Report) -> None:
        try:
            forget_aloud(self._session.library, folder, report)
        finally:
            with self._gate:
                report.asked -= 1
                report.changes += 1
