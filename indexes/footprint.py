"""How much memory this process and its children hold, and how much they held at most (Linux).

Shared pages count once. Refuses to know what they do.
"""

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from vladva.errors import Unsupported

_PROC = Path("/proc")
_PARENT = 1  # among the fields of `stat` that follow the name, see proc_pid_stat(5)
_EVERY_S = 0.02


def footprint() -> int:
    """Bytes of this process and of all processes below it. Raises `Unsupported`."""
    if not (_PROC / "self" / "smaps_rollup").exists():
        raise Unsupported("memory is only measured on Linux")
    return sum(map(_proportional, (os.getpid(), *_below(os.getpid()))))


class Peak:
    """While it is entered, a thread looks at `footprint` all the time; `bytes` is the most."""

    def __init__(self) -> None:
        self.bytes = footprint()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="footprint", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            self.bytes = max(self.bytes, footprint())


def _proportional(pid: int) -> int:
    """The bytes of one process, its shared pages divided among those that share them."""
    with suppress(OSError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0  # it has ended meanwhile


def _below(top: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                after_name = (folder / "stat").read_text(encoding="latin-1").rpartition(")")[2]
                parents[int(folder.name)] = int(after_name.split()[_PARENT])
    found = [top]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]
