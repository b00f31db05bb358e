"""The one writer of a library: who holds its lock, and what it says of itself.

Refuses to know what is written.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from vladva.errors import LibraryError

_LOCK = "library.lock"
_CARD = "writer.json"
_PATIENCE_S = 0.3  # longer than `is_written` takes to look


@dataclass(frozen=True)
class Holder:
    """The program that writes. What it works with is None until it has said so."""

    pid: int
    since: str
    """ISO 8601, UTC."""
    model: str | None = None
    fingerprint: str | None = None
    watching: bool = False
    """Whether it stays until it is told to stop."""


class Busy(LibraryError):
    """Another program writes. `handover` lets it do the work."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the one writer. Raises `Busy` naming the holder where there is another."""
    lock = FileLock(folder / _LOCK, timeout=_PATIENCE_S, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(
            f"The library {folder} is being written by another program ({_who(folder)}).",
            "Wait until it is done, or stop it.",
        ) from None
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        _present(folder, Holder(os.getpid(), _now()))
        yield
    finally:
        (folder / _CARD).unlink(missing_ok=True)
        lock.release()


def introduce(folder: Path, model: str, fingerprint: str, *, watching: bool) -> None:
    """Let others know what the holder of the lock, which is us, works with."""
    _present(folder, Holder(os.getpid(), _now(), model, fingerprint, watching))


def holder(folder: Path) -> Holder | None:
    """Who writes right now; None where nobody does, or where it has not said who it is."""
    if not is_written(folder):
        return None
    try:
        return Holder(**json.loads((folder / _CARD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_written(folder: Path) -> bool:
    """Whether anybody writes right now."""
    try:
        with FileLock(folder / _LOCK, blocking=False, thread_local=False):
            return False
    except Timeout:
        return True
    except OSError:  # a library that nobody can write
        return False


def _present(folder: Path, me: Holder) -> None:
    fresh = folder / f"{_CARD}.new"
    try:
        fresh.write_text(json.dumps(asdict(me)), encoding="utf-8")
        fresh.replace(folder / _CARD)  # nobody reads half a card
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> LibraryError:
    reason = (error.strerror or type(error).__name__).lower()
    return LibraryError(
        f"The library {folder} cannot be written: {reason}.",
        "Check that its disk is writable and not full.",
    )


def _who(folder: Path) -> str:
    found = holder(folder)
    return f"process {found.pid}" if found else "process unknown"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
