"""One model of the hub at a time, fetched in a thread of its own, and how far it is.

What it costs was shown and agreed to before. Refuses to know HTTP, and what a model is for.
"""

import threading
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

from vladva.app.fetching import Consent, Cost, accepted
from vladva.errors import LibraryError, NotFetched, VladvaError
from vladva.hub.fetch import Progress

State = Literal["idle", "waiting", "fetching", "checking", "done", "stopped", "failed"]
BUSY = frozenset({"waiting", "fetching", "checking"})


@dataclass
class Told:
    """The fetch in progress, or the last one. `done` of `total` bytes; `rate` in bytes a second."""

    model: str = ""
    state: State = "idle"
    done: int = 0
    total: int = 0
    rate: float = 0.0
    message: str = ""
    hint: str = ""


class _Stopped(Exception):
    """Somebody ended the fetch. What is here is kept."""


class Download:
    """The fetch of one page."""

    def __init__(self) -> None:
        self._told = Told()
        self._stop = threading.Event()
        self._gate = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether there is an end to wait for."""
        return self._told.state in BUSY

    def as_json(self) -> dict[str, Any]:
        """What the page shows of it."""
        return {**asdict(self._told), "running": self.running}

    def start(self, cost: Cost, licence: str) -> None:
        """Begin. `licence`: the one that was agreed to, by name.

        Raises `NotFetched` where a licence wants to be agreed to and was not, `LibraryError` where
        another model is on its way.
        """
        if cost.restricted and not accepted(cost, Consent(licences=(licence,))):
            raise NotFetched(
                f"The licence of {cost.name} sets terms of use, or there is none: {cost.licence}.",
                "Agree to it by its name; what it says stands on the model's page on the hub.",
            )
        with self._gate:
            if self.running:
                raise LibraryError(
                    f"{self._told.model} is being fetched.", "Wait for it or stop it."
                )
            self._told = Told(cost.name, "waiting", total=cost.offer.size_bytes)
            self._stop = threading.Event()
            args = (cost, self._told, self._stop)
            thread = threading.Thread(target=_fetch, args=args, name="fetching", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads
                self._told.state = "stopped"
                raise

    def stop(self) -> None:
        """End it with the next bytes that come; the next one goes on from there."""
        with self._gate:  # one that is just beginning has its own event by then
            self._stop.set()


def _fetch(cost: Cost, told: Told, stop: threading.Event) -> None:
    from vladva.hub.fetch import fetch

    start, first = time.monotonic(), cost.offer.size_bytes - cost.missing_bytes

    def report(progress: Progress) -> None:
        if stop.is_set():
            raise _Stopped
        told.done, told.total = progress.done, progress.total
        told.rate = max(told.done - first, 0) / max(time.monotonic() - start, 1e-3)
        told.state = progress.state

    try:
        fetch(cost.offer, report)
        told.done, told.state = told.total, "done"
    except _Stopped:
        told.state = "stopped"
    except VladvaError as error:
        told.message, told.hint, told.state = error.message, error.hint, "failed"
    except Exception as error:  # noqa: BLE001 - a thread's last word must reach the page
        told.message, told.state = f"{type(error).__name__}: {error}", "failed"
