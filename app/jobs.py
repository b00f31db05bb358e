"""The page keeps its library as the folders are: it indexes and watches, in the background.

Where another program holds the library, what is asked of the page is handed to that program, and
the page takes over when it is gone. Refuses to know HTTP and how a run works.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vladva.app.report import Report
from vladva.app.session import Session
from vladva.errors import LibraryError, VladvaError
from vladva.indexes.events import Event, Summary, Watching
from vladva.indexes.handover import Gone, index_elsewhere
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy, holder
from vladva.protocols import Encoder

TURN_S = 1.0
"""Between two looks whether the program that holds the library has let go."""

ENDING_S = 5.0
"""How long a wish waits for a run that was told to stop."""

Run = Callable[[Encoder, Sequence[Path], threading.Event], Iterator[Event]]
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
        self.report = Report(throttle)
        self._session = session
        self._run = run
        self._draw = draw
        self._throttle = throttle
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._asked: set[Path] = set()  # wishes that nobody has fulfilled yet
        self._left: set[Path] = set()  # those that no other program was asked for
        self._gate = threading.Lock()

    def open(self) -> None:
        """Load the encoder, then watch the folders of the library, if it has any."""
        self._session.warm()
        library = self._session.library
        if self._session.error is None and library.active() is not None and library.roots():
            self._start("all folders", self._keep)

    def index(self, folder: Path) -> None:
        """Add a folder: index it, and watch it from then on."""
        self._wish(str(folder), [folder])

    def refresh(self) -> None:
        """Look through every known folder again."""
        folders = self._folders()
        if folders:
            self._wish("all folders", folders)

    def demo(self) -> None:
        """Draw the demo's photos and index them, in the background. Only into an empty library."""
        if self._session.library.active() is not None:
            raise LibraryError(
                "The demo is for an empty library.",
                "`vladva demo` in a terminal has a library of its own.",
            )
        if not self._start("the drawn world", self._demo):
            raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")

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
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Until the run has ended, but not longer."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _own(self) -> None:
        if self.report.stage == "elsewhere":
            raise LibraryError(
                f"{self.report.message} This page cannot hold it back.",
                "Where signals are known: kill -USR1 PID pauses it, kill -USR2 PID resumes it.",
            )

    def _folders(self) -> list[Path]:
        return [Path(root.path) for root in self._session.library.roots()]

    def _wish(self, title: str, folders: list[Path]) -> None:
        """Begin with these folders, or ask whoever is at it: this page's own run, or another's."""
        if self._stop.is_set():
            self.wait(ENDING_S)
        if self._start(title, self._keep, folders):
            return
        with self._gate:
            if self.report.stage in {"loading", "drawing"} or not self._asked.isdisjoint(folders):
                raise LibraryError("An indexing run is on its way.", "Wait for it or stop it.")
            self._asked.update(folders)
            self.report.begin(title)
        threading.Thread(target=self._ask, args=(folders,), name="asking", daemon=True).start()

    def _start(self, title: str, work: Callable[[], None], wanted: Sequence[Path] = ()) -> bool:
        with self._gate:
            if self._thread is not None and self._thread.is_alive():
                return False
            self._stop = threading.Event()
            self._asked, self._left = set(wanted), set(wanted)
            self.report = Report(self._throttle, "loading", title)
            self._thread = threading.Thread(
                target=self._guarded, args=(work,), name="indexing", daemon=True
            )
            self._thread.start()
            return True

    def _guarded(self, work: Callable[[], None]) -> None:
        report = self.report
        try:
            work()
            report.stage = "stopped" if self._stop.is_set() else "done"
        except VladvaError as error:
            report.fail(error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - a thread's last word must reach the page
            report.fail(f"{type(error).__name__}: {error}", "")

    def _demo(self) -> None:
        report = self.report
        report.stage = "drawing"
        folder: Path | None = None
        start = time.monotonic()
        for place, done, total in self._draw(self._stop):
            folder, report.done, report.total = place, done, total
            report.rate = done / max(time.monotonic() - start, 1e-3)
            report.eta_s = (total - done) / report.rate
        if folder is not None and not self._stop.is_set():
            self._asked, self._left = {folder}, {folder}
            self._keep("mini")

    def _keep(self, model: str | None = None) -> None:
        """Index and watch until told to stop, as soon as no other program does."""
        report = self.report
        while not self._stop.is_set():
            report.load()
            encoder = self._session.encoder(model)
            report.stage = "indexing"
            known = self._folders()
            wanted = sorted(self._asked.difference(known))
            try:
                for event in self._run(encoder, [*known, *wanted], self._stop):
                    report.take(event)
                    if isinstance(event, Watching):
                        self._asked.difference_update(known, wanted)
            except Busy:
                self._leave_to_holder()
            else:
                return

    def _leave_to_holder(self) -> None:
        """Hand over what is wanted, then wait until the library is free."""
        held = holder(self._session.library.folder)
        who = f"Another program (process {held.pid})" if held else "Another program"
        self.report.elsewhere(f"{who} has this library.")
        wanted, self._left = sorted(self._left), set()
        if wanted:
            self.report.asked += 1
            self._ask(wanted)
        while not self._stop.is_set() and self._session.library.locked():
            self._stop.wait(TURN_S)

    def _ask(self, folders: list[Path]) -> None:
        """A request, and its end; on the way only another program's run is news."""
        report, library = self.report, self._session.library
        left = False
        try:
            for event in index_elsewhere(library, folders, stop=self._stop):
                if report.stage == "elsewhere" or isinstance(event, Summary):
                    report.take(event)
        except Gone:
            left = not self._stop.is_set()
            if left:  # `_keep` does it, when its turn comes
                report.note("The other program ended; this page goes on.", "")
        except VladvaError as error:
            report.note(error.message, error.hint)
        finally:
            with self._gate:
                if left:
                    self._left.update(folders)
                else:
                    self._asked.difference_update(folders)
                report.asked -= 1
