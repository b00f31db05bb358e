"""The one writer of a library: who holds its lock.

Refuses to know what is written.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from vladva.errors import LibraryError

_LOCK = "library.lock"
_CARD = "writer.json"
_PATIENCE_S = 0.3  # longer than `is_written` takes to look


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the one writer. Raises `LibraryError` naming the holder where there is another."""
    card = folder / _CARD
    lock = FileLock(folder / _LOCK, timeout=_PATIENCE_S, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise LibraryError(
            f"The library {folder} is being written by another program ({_holder(card)}).",
            "Wait until it is done, or stop it.",
        ) from None
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        card.write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
        yield
    finally:
        card.unlink(missing_ok=True)
        lock.release()


def is_written(folder: Path) -> bool:
    """Whether anybody writes right now."""
    try:
        with FileLock(folder / _LOCK, blocking=False, thread_local=False):
            return False
    except Timeout:
        return True


def _holder(card: Path) -> str:
    try:
        return f"process {json.loads(card.read_text(encoding='utf-8'))['pid']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "process unknown"
