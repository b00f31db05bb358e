"""What a hard stop may leave of a table, put right before it is opened.

LanceDB writes a version as `_versions/<2^64-1 - number>.manifest`, so that the newest comes first
by name. A power cut may leave that file empty or short, and the table then never opens again. Here
it is moved aside, and the version before it serves: what it lacks is indexed again. Nothing is ever
deleted. Refuses to know rows and vectors.
"""

from contextlib import suppress
from pathlib import Path

DAMAGED = "damaged"
"""Folder of a library where broken files go."""
_MAGIC = b"LANC"
_FOOTER = 16  # where the manifest begins (8 bytes), two version numbers (2 + 2), magic (4)
_LENGTH = 4  # the manifest begins with its own length


def place_of(folder: Path, name: str) -> Path:
    """Where the table `name` of a library folder lies, or would."""
    return folder / "tables" / f"{name}.lance"


def has_tables(folder: Path) -> bool:
    """Whether a library folder holds any table."""
    return any((folder / "tables").glob("*.lance/_versions/*.manifest"))


def rebuilt(place: Path) -> Path:
    """Where a rebuilt table waits, whole, to take the place of a damaged one."""
    return place.with_name(f"{place.stem}.rebuilt.lance")


def manifests(place: Path) -> list[Path]:
    """The versions of a table, newest first; empty where there is no table."""
    return sorted((place / "_versions").glob("*.manifest"))


def versions(place: Path) -> list[int]:
    """Their numbers, newest first."""
    return [2**64 - 1 - int(file.stem) for file in manifests(place)]


def bad_heads(place: Path) -> list[Path]:
    """The newest versions that are no manifests, down to the first that is one."""
    bad = []
    for file in manifests(place):
        if _whole(file):
            break
        bad.append(file)
    return bad


def heal(folder: Path, place: Path) -> None:
    """Make a table ready to be opened, as far as that takes no judgement."""
    if not place.exists():
        with suppress(OSError):  # there is none, as a rule
            rebuilt(place).rename(place)
    for file in bad_heads(place):
        with suppress(OSError):  # read-only, or another program was faster
            set_aside(folder, file)


def set_aside(folder: Path, path: Path) -> Path:
    """Move a file or a folder of a library where it does no harm → where it is now."""
    target = folder / DAMAGED / path.relative_to(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    number = 0
    while target.exists():
        number += 1
        target = target.with_name(f"{path.name}.{number}")
    path.rename(target)
    return target


def _whole(file: Path) -> bool:
    """Whether a manifest has its end, and as much before it as it says."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return False
    if len(data) < _FOOTER + _LENGTH or not data.endswith(_MAGIC):
        return False
    start = int.from_bytes(data[-_FOOTER:-8], "little")
    length = int.from_bytes(data[start : start + _LENGTH], "little")
    return start + _LENGTH + length == len(data) - _FOOTER
