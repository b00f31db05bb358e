"""What a folder's disk can do: asked once, before a library is made there, and by the doctor.

LanceDB ends every commit with a hard link, which is what keeps two commits apart: without them
(exFAT, some network shares) no row is ever stored. Refuses to know libraries.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from vladva.errors import LibraryError

PREFIX = ".vladva-probe-"
"""Names of files that a probe which was killed leaves behind."""


def probe(folder: Path) -> None:
    """Raises `LibraryError` where the disk of an existing folder lacks what a library needs."""
    name = folder / f"{PREFIX}{secrets.token_hex(4)}"
    with _cleaned(name):
        with _needs(folder, "be written"), name.open("wb") as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
        with _needs(folder, "make hard links, which every commit needs"):
            os.link(name, f"{name}.link")
        with _needs(folder, "put one file in the place of another"):
            Path(f"{name}.link").replace(f"{name}.moved")
            name.replace(f"{name}.moved")
        with _needs(folder, "lock files"), FileLock(f"{name}.lock", timeout=0):
            pass


@contextmanager
def _needs(folder: Path, ability: str) -> Iterator[None]:
    try:
        yield
    except (OSError, NotImplementedError, Timeout) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise LibraryError(
            f"The disk of {folder} cannot {ability} ({str(reason).lower()}).",
            "Keep the library on a disk of this machine: --library DIR. Photos may be anywhere.",
        ) from error


@contextmanager
def _cleaned(name: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for suffix in ("", ".link", ".moved", ".lock"):
            with suppress(OSError):
                Path(f"{name}{suffix}").unlink()
