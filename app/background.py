"""One piece of work at a time, in a thread of its own, and the report that tells how it goes.

Refuses to know what the work is.
"""

import threading
from collections.abc import Callable

from vladva.app.report import Report
from vladva.errors import VladvaError
from vladva.indexes.throttle import Throttle

Work = Callable[[threading.Event, Report], None]
"""What the thread does until the event is set, and where it tells how it goes."""


class Background:
    """The work of one page. Whoever starts a piece of it gets a fresh report and a fresh `stop`."""

    def __init__(self, throttle: Throttle) -> None:
        self.report = Report(throttle)
        self.stopping = threading.Event()
        self._throttle = throttle
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether the thread is at work, be it at its end."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, title: str, work: Work, changing: str = "") -> None:
        """Stop what is done now; as soon as it has ended, do this."""
        self.stopping.set()
        before, self.stopping = self._thread, threading.Event()
        self.report = Report(self._throttle, "loading", title, changing=changing)
        args = (self.report, work, self.stopping, before)
        self._thread = threading.Thread(target=_guarded, args=args, name="indexing", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Until the work has ended, but not longer → whether it has."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.busy


def _guarded(
    report: Report, work: Work, stop: threading.Event, before: threading.Thread | None
) -> None:
    if before is not None:
        before.join()
    try:
        work(stop, report)
        report.stage = "stopped" if stop.is_set() else "done"
    except VladvaError as error:
        report.fail(error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - a thread's last word must reach the page
        report.fail(f"{type(error).__name__}: {error}", "")
    finally:
        report.changing = ""
