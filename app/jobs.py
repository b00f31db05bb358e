"""What the page is asked to do with its library: add folders, look again, change, forget, rest.

One piece of work at a time is in the background, and new wishes reach it there. Refuses to know
HTTP, and what such work does (`keeping`).
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from vladva.app import beside
from vladva.app.background import Background, Work
from vladva.app.forgetting import forget_aloud
from vladva.app.keeping import Keeping, Run
from vladva.app.report import Report
from vladva.app.session import Session
from vladva.app.sources import Source
from vladva.app.wishes import Wishes
from vladva.errors import LibraryError
from vladva.indexes.switch import holds_nothing
from vladva.indexes.throttle import Throttle


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
        self._draw = draw
        self._throttle = throttle
        self._gate = threading.Lock()
        self._wishes = Wishes(session.library, self._gate)
        self._keeping = Keeping(session, run, throttle, self._wishes)

    @property
    def report(self) -> Report:
        """How the run in progress goes, or how the last one went."""
        return self._background.report

    def open(self) -> None:
        """Load the encoder, then watch the folders of the library, if it has any."""
        self._session.warm()
        library = self._session.library
        if self._session.error is None and library.active() is not None and library.roots():
            self._start("all folders", self._keeping.work())

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
            work = partial(self._keeping.change, source=source)
            self._background.start("all folders", work, source.model)

    def keep(self) -> None:
        """Give up a change: watch on with the encoder in use. What was done is kept for later."""
        self._own()
        if not self.report.changing:
            raise LibraryError("No change is on its way.", "")
        with self._gate:
            self._background.start("all folders", self._keeping.watch)

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
        if self._start(title, self._keeping.work(model), folders):
            return
        with self._gate:
            report, stop = self.report, self._background.stopping
            if report.stage in {"loading", "drawing"} or not self._wishes.add(folders):
                raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")
            report.begin(title)
        args = (folders, stop, report)
        threading.Thread(target=self._wishes.ask, args=args, name="asking", daemon=True).start()

    def _start(self, title: str, work: Work, wanted: Sequence[Path] = ()) -> bool:
        """Do this, after what is at its end; False where a run goes on."""
        with self._gate:
            over = self._background.stopping.is_set() or self._watches_nothing()
            if self._background.busy and not over:
                return False
            self._wishes.begin(wanted)
            self._background.start(title, work)
            return True

    def _watches_nothing(self) -> bool:
        """Whether the run only waits, with an encoder that no folder is left for."""
        report = self.report
        return report.stage == "watching" and not report.asked and not self._folders()

    def _demo(self, stop: threading.Event, report: Report) -> None:
        folder = report.draw(self._draw(stop))
        if folder is not None and not stop.is_set():
            self._wishes.begin([folder])
            work = self._keeping.both if beside.is_here() else self._keeping.watch
            work(stop, report, "mini")

    def _forget(self, folder: Path, report: Report) -> None:
        try:
            forget_aloud(self._session.library, folder, report)
        finally:
            with self._gate:
                report.asked -= 1
                report.changes += 1
