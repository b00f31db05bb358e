"""A training run and its library: what the run needs from it before, what is kept in it after.

Refuses to know how a model is trained, and how anything is shown.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vladva.app.adapters import Adapters, Kept, base_name
from vladva.app.sources import source_of
from vladva.errors import ConfigError, DataError
from vladva.indexes.captions import captions
from vladva.indexes.home import MARKER
from vladva.indexes.library import Library
from vladva.indexes.paths import inside, normalise
from vladva.presets import PRESETS
from vladva.trainer.config import load_config
from vladva.trainer.events import Summary

ROWS = "library.jsonl"
"""The rows that a library gave, in the folder of a run."""


@dataclass(frozen=True)
class Plan:
    """What a run starts from: the base, and the adapter of the library that is in use on it."""

    model: str
    in_use: Path | Literal["packaged"] | None
    generate: bool
    """Whether captions that are missing get generated."""


def is_library(folder: Path) -> bool:
    """Whether a library lies there."""
    return (folder / MARKER).is_file()


def plan(
    folder: Path, out: Path, model: str | None, recipe: str | None, changes: Sequence[str]
) -> Plan:
    """Settle the base: `--set`, else `--model`, else the recipe, else the library's.

    The last where it can be trained; else the trainer's default. Raises `ConfigError` on settings
    that cannot be, and where `out` lies among the photos of the library.
    """
    told = (*([] if model is None else [f"model.name={model}"]), *changes)
    config = load_config(recipe, told)
    named = config.model.name if recipe or _names_model(told) else None
    if not is_library(folder):
        return Plan(base_name(named or config.model.name), "packaged", config.captions.generate)
    with Library.open(folder, create=False) as library:
        _check_apart(library, out)
        base = base_name(named or _trainable(library) or config.model.name)
        adapters = Adapters(library)
        place = adapters.folder(adapters.chosen(base))
    return Plan(base, place, config.captions.generate)


def library_rows(folder: Path, out: Path, *, generate: bool) -> Path:
    """Write the library's photos with their captions as training rows → the JSONL file.

    A caption of several lines counts as several. Photos without one take part where `generate`;
    those that are not there now (a disk that is away) never do. The rows of a run that has begun
    stay as they are. Raises `DataError` where there are none, with what can be done.
    """
    if _is_begun(out):
        return out / ROWS
    with Library.open(folder, create=False) as library:
        photos = captions(library)
    if not photos:
        raise DataError(
            "The library has no photos to train on.", "Begin with `vladva index FOLDER`."
        )
    told = [photo for photo in photos if photo.caption or generate]
    if not told:
        raise DataError(
            "No photo of this library has a caption.",
            "Add `--set captions.generate=true`: the model writes them; or keep texts beside the "
            "photos (photo.jpg, photo.txt), `vladva forget` the folder and index it again.",
        )
    there = [photo for photo in told if Path(photo.path).is_file()]
    if not there:
        raise DataError("None of the library's photos is there now.", "Connect their disk.")
    return _write(out / ROWS, [_row(photo.path, photo.caption) for photo in there])


def keep_trained(folder: Path, out: Path, model: str, summary: Summary) -> Kept:
    """Copy a trained adapter into the library, made on demand; put it to use if accepted."""
    with Library.open(folder, create=True) as library:
        adapters = Adapters(library)
        place, name = Path(summary.adapter), out.resolve().name
        kept = adapters.keep(place, name, model, summary.verdict, summary.metrics)
        if summary.accepted:
            adapters.choose(kept.model, kept.name)
    return kept


def _names_model(changes: Sequence[str]) -> bool:
    return any(change.partition("=")[0].strip() == "model.name" for change in changes)


def _trainable(library: Library) -> str | None:
    """The base that the library is searched with; None where its preset is no generative one."""
    active = library.active()
    if active is None:
        return None
    model = source_of(library, active).model
    return model if model not in PRESETS or PRESETS[model].generative else None


def _check_apart(library: Library, out: Path) -> None:
    place = normalise(out)
    for root in library.roots():
        if inside(place, root.path):
            raise ConfigError(
                f"{place} lies among the photos of {root.path}, where nothing is ever written.",
                "Name a folder beside it with --out.",
            )


def _is_begun(out: Path) -> bool:
    """Whether the folder holds more than rows: a run that goes on needs those that it had."""
    return (out / ROWS).is_file() and any(entry.name != ROWS for entry in out.iterdir())


def _row(path: str, caption: str | None) -> str:
    lines = [line.strip() for line in (caption or "").splitlines() if line.strip()]
    return json.dumps({"image": path, **({"caption": lines} if lines else {})})


def _write(file: Path, rows: Sequence[str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    partial.replace(file)  # as a whole: other processes of the same run write and read it too
    return file
