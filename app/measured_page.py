"""A page of its own for a measurement: drawn photos, and `vladva ui` over a library.

Refuses to know what is measured.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vladva.app import remote
from vladva.errors import LibraryError

START_S = 300.0
LOOK_S = 0.25


def draw(folder: Path, numbers: range) -> None:
    """Scenes of the demo's kind, as files."""
    from vladva.toyland.invent import invent
    from vladva.toyland.write import write_scenes

    for _ in write_scenes(folder, [invent("demo", 1, number) for number in numbers]):
        continue


def vladva(library: Path, *args: str) -> list[str]:
    """The command line of this very installation."""
    return [sys.executable, "-m", "vladva.app", "--library", str(library), *args]


@contextmanager
def serving(library: Path) -> Iterator[tuple[remote.Note, int]]:
    """`vladva ui` while it is needed → its note and its process.

    Raises `LibraryError` where it does not come up.
    """
    call = vladva(library, "ui", "--no-browser")
    with subprocess.Popen(call, stderr=subprocess.DEVNULL) as page:  # noqa: S603 - ourselves
        try:
            yield _note(library, page), page.pid
        finally:
            page.terminate()


def _note(library: Path, page: subprocess.Popen[bytes]) -> remote.Note:
    end = time.monotonic() + START_S
    while time.monotonic() < end and page.poll() is None:
        note = remote.read(library)
        if note is not None and note.pid == page.pid:
            return note
        time.sleep(LOOK_S)
    raise LibraryError("The page did not come up.", "`vladva ui --no-browser` says why.")
