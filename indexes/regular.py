"""Opening what was a file when it was listed, and may be a pipe or a device by now.

Refuses to know what is in it.
"""

import os
import stat
from typing import BinaryIO

from vladva.indexes.paths import openable


def open_at_once(path: str) -> BinaryIO:
    """Open for reading without waiting, as at a pipe that nobody writes into. Raises `OSError`."""
    return open(openable(path), "rb", opener=_opener)


def is_regular(file: BinaryIO) -> bool:
    """Whether an open file has an end."""
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
