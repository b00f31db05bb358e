"""The folder of a run as the page sees it: who is at work there, and what can go on.

Refuses to know processes, wishes and the page. The lock lies beside the folder, since a trainer
takes no folder with files that it does not know.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from vladva.app import training
from vladva.errors import LibraryError

SCRAPS = ("checkpoints", "features")
"""What only a run that goes on needs; hundreds of megabytes with a large base."""
_GOES_ON = {*SCRAPS, training.ROWS, "captions.jsonl", "journal.jsonl", "curves.png"}
HELD = "VLADVA_RUN_HELD"
"""The environment of a process whose starter holds the lock of its folder."""
_PATIENCE_S = 0.3  # longer than `at_work` takes to look


def hold(out: Path) -> BaseFileLock:
    """Be the one who works in the folder of a run → the lock, for its end; any thread may release.

    Raises `LibraryError` where another program works there, `OSError` where the disk refuses.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_lock(out), timeout=_PATIENCE_S, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise LibraryError(
            f"The run {out.name} is at work in another program.",
            "Wait for it, or stop it on its own page.",
        ) from None
    return lock


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Work in the folder of a run as a terminal does: under the lock.

    The page's own process works under the page's lock, and of several processes of one run all but
    the first under that one's; a folder that no page knows needs none. Raises `LibraryError` where
    another program works there.
    """
    if HELD in os.environ or os.environ.get("RANK", "0") != "0" or not is_pages(out):
        yield
        return
    lock = hold(out)
    try:
        yield
    finally:
        lock.release()


def is_pages(out: Path) -> bool:
    """Whether a page ever began a run in this folder."""
    return _lock(out).exists()


def at_work(out: Path) -> bool:
    """Whether any program works in the folder of a run right now."""
    if not is_pages(out):
        return False
    try:
        with FileLock(_lock(out), blocking=False, thread_local=False):
            return False
    except Timeout:
        return True
    except OSError:  # a library that nobody can write
        return False


def waiting(runs: Path) -> list[Path]:
    """Folders of runs with a checkpoint to go on from and nobody at work, the newest first."""
    found = []
    for out in runs.iterdir() if runs.is_dir() else ():
        with suppress(OSError):  # gone just now, or a file
            saved = out / "checkpoints"
            if any(saved.iterdir()) and not at_work(out):
                found.append((saved.stat().st_mtime_ns, out))
    return [out for _, out in sorted(found, reverse=True)]


def reopen(out: Path) -> None:
    """Make the folder one that a trainer goes on in.

    A run that was judged, but could not be kept, left its adapter there. Going on makes the same
    one again from the checkpoint, and the trainer takes no folder with an adapter in it.
    """
    for entry in out.iterdir():
        if entry.name.removeprefix(".") in _GOES_ON:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def tidy(out: Path) -> None:
    """Drop what a run that has ended needs no more."""
    for name in SCRAPS:
        shutil.rmtree(out / name, ignore_errors=True)


def _lock(out: Path) -> Path:
    place = out.absolute()  # "." has no name
    return place.parent / f".{place.name}.lock"
