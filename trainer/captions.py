"""Captions that the model itself writes for rows that lack a kind, kept in a file beside the run.

Each one is on the disk before the next is asked for, so a run that is killed asks for none twice.
Refuses to know which loss wants them.
"""

import json
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vladva.errors import DataError
from vladva.protocols import Generator as Captioner
from vladva.protocols import Prepare, Prepared, Style
from vladva.trainer.events import Preparing, Skipped
from vladva.trainer.examples import Data
from vladva.trainer.loader import Lost, look_through
from vladva.trainer.order import Rows

LINE = {"name", "image", "asked", "short", "long"}
Pair = tuple[str | None, str | None]


@dataclass(frozen=True)
class Lack:
    """A row, and the kinds that it has no caption of."""

    name: str
    image: str
    kinds: tuple[Style, ...]


def generate(  # noqa: PLR0913 - the seam of the training room
    generator: Captioner,
    data: Data,
    rows: Rows,
    prepare: Prepare,
    file: Path,
    *,
    key: str,
    batch: int,
) -> Generator[Preparing | Skipped, None, Mapping[str, Pair]]:
    """Write what rows lack → (short, long) by the row's name, None for what it has itself.

    `key` names the model: captions of another are thrown away. Raises `DataError` where `file`
    cannot be written.
    """
    try:
        kept = _kept(file, key)
        lacks = _lacks(data, rows)
        missing = {row: lack for row, lack in lacks.items() if not _has(kept, lack)}
        done = len(lacks) - len(missing)
        yield Preparing("captions", done, len(lacks))
        for group in look_through(data, missing, prepare, size=batch):
            seen = [(missing[row], one) for row, one in group if not isinstance(one, Lost)]
            yield from (Skipped(one.name, one.reason) for _, one in group if isinstance(one, Lost))
            lines = _write(generator, seen)
            _append(file, lines)
            kept.update({line["name"]: line for line in lines})
            done += len(group)
            yield Preparing("captions", done, len(lacks))
    except OSError as error:
        raise DataError(
            f"captions cannot be written to {file}: {error.strerror}. What was written is kept",
            "make room, or train without them: --set captions.generate=false",
        ) from error
    return {
        lack.name: (kept[lack.name]["short"], kept[lack.name]["long"])
        for lack in lacks.values()
        if _has(kept, lack)
    }


def _lacks(data: Data, rows: Rows) -> dict[int, Lack]:
    """By row. A row that is gone is left to the training, which tells of it."""
    lacks: dict[int, Lack] = {}
    for row in rows.tolist():
        try:
            example = data[row]
        except DataError:
            continue
        has: dict[Style, bool] = {"short": bool(example.short), "long": bool(example.long)}
        kinds = tuple(kind for kind, there in has.items() if not there)
        if kinds:
            lacks[row] = Lack(example.name, example.image.name, kinds)
    return lacks


def _has(kept: Mapping[str, dict[str, Any]], lack: Lack) -> bool:
    """Whether a caption of each kind was written, and for this picture: rows may have moved."""
    line = kept.get(lack.name)
    return line is not None and line["image"] == lack.image and {*lack.kinds} <= {*line["asked"]}


def _write(generator: Captioner, seen: Sequence[tuple[Lack, Prepared]]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {"name": lack.name, "image": lack.image, "asked": lack.kinds, "short": None, "long": None}
        for lack, _ in seen
    ]
    styles: tuple[Style, ...] = ("short", "long")
    for kind in styles:
        asked = [i for i, (lack, _) in enumerate(seen) if kind in lack.kinds]
        said = generator.caption([seen[i][1] for i in asked], kind) if asked else []
        for i, caption in zip(asked, said, strict=True):
            lines[i][kind] = caption.strip() or None
    return lines


def _kept(file: Path, key: str) -> dict[str, dict[str, Any]]:
    """The lines by name; a file of another key is begun anew, a torn last line cut off."""
    file.parent.mkdir(parents=True, exist_ok=True)
    data = file.read_bytes() if file.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    lines = [_parsed(line) for line in whole.splitlines()]
    if not lines or lines[0] != {"key": key}:
        file.unlink(missing_ok=True)
        _append(file, [{"key": key}])
        return {}
    if len(whole) < len(data):
        with file.open("r+b") as opened:
            opened.truncate(len(whole))
    return {line["name"]: line for line in lines if line.keys() == LINE}


def _parsed(line: bytes) -> dict[str, Any]:
    """A line; empty where it is damaged: its row is asked for again."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _append(file: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    with file.open("ab") as opened:
        opened.write("".join(json.dumps(line) + "\n" for line in lines).encode())
        opened.flush()
        os.fsync(opened.fileno())
