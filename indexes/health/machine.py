"""What a machine lacks for a library on it: processor, disk, limits, the versions in use.

Imports no database, which may crash on an old processor. Refuses to know what the library holds.
"""

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vladva.errors import LibraryError
from vladva.indexes.health.finding import Finding
from vladva.indexes.health.probe import probe

LITTLE, TOO_LITTLE = 2 << 30, 100 << 20
"""Bytes that should be free, and that must be."""
_PARTS = ("vladva", "lancedb", "pyarrow", "pillow", "pi-heif", "numpy", "torch", "transformers")
_CPU = Path("/proc/cpuinfo")
_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")


def machine(folder: Path, *, folders: int) -> Iterator[Finding]:
    """Findings about the disk of a library and the machine; `folders`: how many to watch."""
    yield from processor()
    yield from _disk(folder)
    yield from _watches(folders)
    held = ", ".join(f"{part} {_version(part)}" for part in _PARTS)
    yield Finding(f"Python {platform.python_version()}, {held}", platform.platform(), "note")


def processor(cpuinfo: Path = _CPU) -> Iterator[Finding]:
    """LanceDB stops the whole program on a processor that lacks AVX2."""
    try:
        told = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return
    flags = next((line for line in told.splitlines() if line.startswith("flags")), None)
    if flags is not None and "avx2" not in flags.split():  # other machines than x86 say "Features"
        yield Finding(
            "The processor has no AVX2, which the database needs.",
            platform.machine(),
            "error",
            "Use a machine made since about 2014.",
        )


def _disk(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    if free < LITTLE:
        yield Finding(
            f"The disk of the library has {free >> 20:,} MiB left.",
            str(folder),
            "error" if free < TOO_LITTLE else "warning",
            "Make room, or move the library as a whole and name it with --library.",
        )
    try:
        probe(folder)
    except LibraryError as error:
        yield Finding(error.message, str(folder), "error", error.hint)


def _watches(folders: int) -> Iterator[Finding]:
    try:
        limit = int(_WATCHES.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not Linux
        return
    if folders > limit:
        yield Finding(
            f"{folders:,} folders hold photos, but only {limit:,} can be watched.",
            str(_WATCHES),
            "warning",
            f"sudo sysctl fs.inotify.max_user_watches={2 * folders}",
        )


def _version(part: str) -> str:
    try:
        return version(part)
    except PackageNotFoundError:
        return "missing"
